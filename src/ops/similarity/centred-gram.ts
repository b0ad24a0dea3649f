import type { LayerOps } from '../../tensor/layer-ops.ts';
import { tf } from '../../tensor/tf.ts';

/** How HSIC is estimated from a batch. */
export type HsicEstimator = 'unbiased' | 'biased';

/** Length of a packed Gram matrix of `n` examples. */
export const packedLength = (n: number, estimator: HsicEstimator): number =>
  estimator === 'unbiased' ? (n * (n - 1)) / 2 : (n * (n + 1)) / 2;

/**
 * Centres a Gram matrix so that HSIC becomes an inner product, and packs it: entries above the diagonal, row by row; for the
 * biased estimator each row starts with its diagonal entry over √2. Inner products of packed matrices are half those of
 * the whole ones.
 *
 *     biased     G = H K H,  H = I − 1/n                               ⟨G, G'⟩ = (n − 1)² · HSIC₀
 *     unbiased   G = K − m_i − m_j off the diagonal, 0 on it           ⟨G, G'⟩ = n (n − 3) · HSIC₁
 *                m_j = (s_j − Σ s / (2 (n − 1))) / (n − 2),  s_j = Σ_{i≠j} K_ij
 *
 * @param gram float32 `[n, n]`, symmetric; only the upper triangle is read. n ≥ 3 for the unbiased estimator.
 * @param out float64 of `packedLength(n, estimator)`, overwritten; sums are float64.
 *
 * Source: Kornblith et al. 2019, arXiv:1905.00414, equation 3; Székely and Rizzo 2014, arXiv:1310.2926 (U-centring); the
 * unbiased HSIC is that of Song et al. 2012, equation 5.
 */
export function packCentred(
  gram: Float32Array,
  n: number,
  estimator: HsicEstimator,
  out: Float64Array,
): void {
  const isBiased = estimator === 'biased';
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (isBiased) sums[i]! += gram[i * n + i]!;
    for (let j = i + 1; j < n; j++) {
      const value = gram[i * n + j]!;
      sums[i]! += value;
      sums[j]! += value;
    }
  }
  const total = sums.reduce((sum, value) => sum + value, 0);
  const shift = isBiased ? total / (2 * n) : total / (2 * (n - 1));
  const divisor = isBiased ? n : n - 2;
  const means = sums.map((sum) => (sum - shift) / divisor);
  let at = 0;
  for (let i = 0; i < n; i++) {
    const mean = means[i]!;
    if (isBiased) {
      out[at++] = Math.SQRT1_2 * (gram[i * n + i]! - 2 * mean);
    }
    for (let j = i + 1; j < n; j++) {
      out[at++] = gram[i * n + j]! - mean - means[j]!;
    }
  }
}

/**
 * Gram matrix of the linear kernel of some examples, `K_ij = (x_i − x̄) · (x_j − x̄)`, x being features times `scale`.
 *
 * The mean x̄ of the batch changes no estimate, since centring takes it away, but without it the product would spend its
 * float32 digits on what all examples share.
 *
 * @param data float32 `[examples, width]`; rows `start … start + n - 1` are taken.
 * @returns float32 `[n, n]`
 */
export async function linearGram(
  layers: LayerOps,
  data: Float32Array,
  width: number,
  start: number,
  n: number,
  scale: number,
): Promise<Float32Array> {
  const rows = data.subarray(start * width, (start + n) * width);
  const mean = columnMeans(rows, width);
  const centred = new Float32Array(rows.length);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < width; j++) {
      const at = i * width + j;
      centred[at] = (rows[at]! - mean[j]!) * scale;
    }
  }
  const x = tf.tensor2d(centred, [n, width], 'float32');
  const product = layers.matMul(x, x, false, true); // [n, n]
  try {
    return (await product.data()) as Float32Array;
  } finally {
    x.dispose();
    product.dispose();
  }
}

/**
 * One over the root mean squared distance of the examples from their mean; 0 where all examples are equal.
 *
 * CKA does not depend on the scale of a layer, but float32 products of very large or small features would leave its range.
 *
 * @param data float32 `[examples, width]`
 */
export function centredScale(data: Float32Array, width: number): number {
  const mean = columnMeans(data, width);
  let squares = 0;
  for (let at = 0; at < data.length; at += width) {
    for (let j = 0; j < width; j++) squares += (data[at + j]! - mean[j]!) ** 2;
  }
  return squares === 0 ? 0 : Math.sqrt(data.length / width / squares);
}

/** Means of columns, exact where all rows are equal. */
function columnMeans(rows: Float32Array, width: number): Float64Array {
  const count = rows.length / width;
  const sums = new Float64Array(width);
  for (let at = width; at < rows.length; at += width) {
    for (let j = 0; j < width; j++) sums[j]! += rows[at + j]! - rows[j]!;
  }
  return sums.map((sum, j) => rows[j]! + sum / count);
}
