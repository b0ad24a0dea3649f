import { tf } from '../../src/tensor/tf.ts';

/**
 * Runs `compute` and disposes all tensors that it made, as `tf.tidy` does, for what waits for values in between: some backends
 * give them in no other way. One at a time, since tensors belong to the scope that was opened last.
 */
export async function inScope<T>(compute: () => Promise<T>): Promise<T> {
  tf.engine().startScope();
  try {
    return await compute();
  } finally {
    tf.engine().endScope();
  }
}
