import { scope } from '../../tensor/scope.ts';
import { tf, type Tensor2D } from '../../tensor/tf.ts';
import { checkHead, type Head } from './objective.ts';

/**
 * The plain last layer.
 *
 *     z = x W + b
 *
 * @param head see `Head`.
 * @returns z, float32 `[batch, classes]`.
 * @throws {ShapeError} if the shapes don't fit together.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, section 2 (there W has a row a class).
 */
export function linear(head: Head): Tensor2D {
  checkHead(head);
  const { features, weights, bias } = head;
  return scope(() => tf.matMul(features, weights).add(bias)); // [batch, classes]
}
