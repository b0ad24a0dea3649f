import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import { tf, type Tensor2D } from '../../tensor/tf.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { normalizeVectors } from './normalize.ts';
import { checkHead, COMMON, defineObjective, type Head } from './objective.ts';

/**
 * Softmax cross-entropy of cosines between the features and each class's weights.
 *
 *     loss = −Σ_k t_k s_k + log Σ_k exp s_k,   s_k = cos(W_k, x) / τ
 *
 * By default both sides are normalised and there is no bias. With `bias`, s_k = (cos(W_k, x) + b_k) / τ. With
 * `normalize-features: false`, the cosine is replaced by x · W_k / ‖W_k‖. Squared norms have a floor of 1e-12 and no
 * epsilon: a zero vector has cosine 0 to everything. Logits are what is divided by τ, outputs s.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 7. The authors' released code normalises W alone and has a
 * bias inside the 1/τ: both are settings.
 */
export const cosineSoftmax = defineObjective({
  summary: 'Softmax cross-entropy of cosines between features and weights.',
  settings: Type.Object(
    {
      temperature: Type.Number({
        exclusiveMinimum: 0,
        default: 0.05,
        ...neutral(1),
        description: 'What the cosines are divided by, dimensionless, above 0.',
      }),
      'normalize-features': Type.Boolean({
        default: true,
        description:
          'Whether the features are scaled to length 1 as well as the weights.',
      }),
      bias: Type.Boolean({
        default: false,
        ...neutral(false),
        description:
          'Whether a trained bias is added to the cosines before they are divided.',
      }),
      ...COMMON,
    },
    { additionalProperties: false },
  ),
  logits: cosines,
  outputs: (logits, { temperature }) => logits.div<Tensor2D>(temperature),
  loss: softmaxCrossEntropy,
});

function cosines(
  head: Head,
  settings: { readonly 'normalize-features': boolean; readonly bias: boolean },
): Tensor2D {
  checkHead(head);
  const { features, weights, bias } = head;
  return scope(() => {
    const x = settings['normalize-features']
      ? normalizeVectors(features, 1)
      : features;
    const products = tf.matMul<Tensor2D>(x, normalizeVectors(weights, 0)); // [batch, classes]
    return settings.bias ? products.add<Tensor2D>(bias) : products;
  });
}
