import type { Rng } from '../../tensor/rng.ts';

/**
 * A number of Beta(α, α), the larger of it and what is left to 1.
 *
 *     λ = max(x, 1 − x),   x = g / (g + h),   g and h of Gamma(α)
 *
 * In a batch whose partners are drawn at random, λ and 1 − λ give the same mixtures in another order. The larger one makes
 * each example the greater part of its own mixture, and α = 0 the limit in which nothing is mixed. Gammas are drawn by their
 * logarithms, so that a tiny α is no 0 / 0.
 *
 * @param alpha above 0; 1 is uniform, less is nearer to the ends.
 * @returns 0.5 to 1.
 *
 * Source: Zhang et al. 2018, arXiv:1710.09412; gammas by Marsaglia and Tsang 2000.
 */
export function drawShare(alpha: number, rng: Rng): number {
  const [g, h] = [logGamma(alpha, rng), logGamma(alpha, rng)];
  const x = 1 / (1 + Math.exp(h - g));
  return Math.max(x, 1 - x);
}

/** The logarithm of a number of Gamma(shape): that of Gamma(shape + 1), times u to the power of 1 / shape. */
function logGamma(shape: number, rng: Rng): number {
  const d = shape + 1 - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = rng.normal();
    const root = 1 + c * normal;
    if (root <= 0) continue;
    const v = root * root * root;
    // 1 − u: a uniform number may be 0.
    const accepted = Math.log(1 - rng.uniform());
    if (accepted < 0.5 * normal * normal + d - d * v + d * Math.log(v)) {
      return Math.log(d * v) + Math.log(1 - rng.uniform()) / shape;
    }
  }
}

/**
 * Mixes rows with others of the same array.
 *
 *     y[i] = λ x[i] + (1 − λ) x[partner[i]]
 *
 * @param rows float32 `[rows, width]`, as one list.
 * @param partners int32 `[rows]`.
 * @returns float32, same shape.
 */
export function mixRows(
  rows: Float32Array,
  partners: Int32Array,
  share: number,
): Float32Array {
  const width = rows.length / partners.length;
  const mixed = new Float32Array(rows.length);
  partners.forEach((partner, row) => {
    const [own, other] = [row * width, partner * width];
    for (let at = 0; at < width; at++) {
      mixed[own + at] =
        share * (rows[own + at] ?? 0) + (1 - share) * (rows[other + at] ?? 0);
    }
  });
  return mixed;
}
