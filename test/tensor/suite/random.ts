import { Rng } from '../../../src/tensor/rng.ts';
import { tf, type Tensor } from '../../../src/tensor/tf.ts';

/** Standard normal numbers, rounded to float32 so that loops and tensors see the same ones. */
export function normals(count: number, purpose: string): number[] {
  const rng = Rng.of(7, purpose);
  return Array.from({ length: count }, () => Math.fround(rng.normal()));
}

/** A tensor of such numbers. */
export function normalTensor(
  shape: readonly number[],
  purpose: string,
): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(normals(size, purpose), [...shape], 'float32');
}

/** A tensor's numbers; waited for, since some backends give them in no other way. */
export const numbersOf = (tensor: Tensor): Promise<Float32Array> =>
  tensor.data<'float32'>();
