import { tf, type TensorContainer } from './tf.ts';

/** Runs `compute` and disposes all tensors that it made but those it returns. Nothing handed in is disposed. */
export const scope = <T extends TensorContainer>(compute: () => T): T =>
  tf.tidy(compute);
