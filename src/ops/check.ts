import type { Tensor } from '../tensor/tf.ts';

/** A shape as messages write it: `[128, 10]`. */
export const shapeText = (shape: readonly number[]): string =>
  `[${shape.join(', ')}]`;

/** A tensor of the wrong shape reached an op: a bug in the caller, never the user's fault. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/**
 * @param name what the tensor is called in the op's documentation.
 * @throws {ShapeError} if the tensor has another number of axes.
 */
export function checkRank(tensor: Tensor, rank: number, name: string): void {
  if (tensor.rank !== rank) {
    throw new ShapeError(
      `Internal error: "${name}" must have ${rank} axes, but is ${shapeText(tensor.shape)}`,
    );
  }
}

/**
 * @param name what the tensor is called in the op's documentation.
 * @throws {ShapeError} if the tensor has another shape.
 */
export function checkShape(
  tensor: Tensor,
  shape: readonly number[],
  name: string,
): void {
  const fits =
    tensor.rank === shape.length &&
    shape.every((length, axis) => tensor.shape[axis] === length);
  if (!fits) {
    throw new ShapeError(
      `Internal error: "${name}" must be ${shapeText(shape)}, but is ${shapeText(tensor.shape)}`,
    );
  }
}
