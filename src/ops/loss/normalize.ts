import { scope } from '../../tensor/scope.ts';
import { tf, type Tensor2D } from '../../tensor/tf.ts';
import { checkRank } from '../check.ts';

/** Floor of squared norms. No epsilon is added: what is longer than 1e-6 is divided by its norm and nothing else. */
export const SQUARED_NORM_FLOOR = 1e-12;

/**
 * Scales vectors to Euclidean length 1.
 *
 *     y = x / sqrt(max(‖x‖², 1e-12))
 *
 * A zero vector stays zero; below the floor the norm is a constant, and so is its gradient.
 *
 * @param matrix x, float32, 2 axes, finite.
 * @param axis the axis along which a vector lies: 1 for rows, 0 for columns.
 * @returns float32, same shape.
 * @throws {ShapeError} if it has not 2 axes.
 *
 * Source: convention; TensorFlow's `l2_normalize` has the same floor.
 */
export function normalizeVectors(matrix: Tensor2D, axis: 0 | 1): Tensor2D {
  checkRank(matrix, 2, 'matrix');
  return scope(() => {
    const squares = matrix.square().sum(axis, true);
    return matrix.mul(tf.rsqrt(tf.maximum(squares, SQUARED_NORM_FLOOR)));
  });
}
