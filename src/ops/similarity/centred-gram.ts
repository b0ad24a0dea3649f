/** How HSIC is estimated from a batch. */
export type HsicEstimator = 'unbiased' | 'biased';

/** Length of a packed Gram matrix of `n` examples. */
export const packedLength = (n: number, estimator: HsicEstimator): number =>
  estimator === 'unbiased' ? (n * (n - 1)) / 2 : (n * (n + 1)) / 2;

/**
 * Centres a Gram matrix so that HSIC becomes an inner product, and packs it: entries below the diagonal, row by row; for the
 * biased estimator each row ends with its diagonal entry over √2. Inner products of packed matrices are half those of the
 * whole ones.
 *
 *     biased     G = H K H,  H = I − 1/n                               ⟨G, G'⟩ = (n − 1)² · HSIC₀
 *     unbiased   G = K − m_i − m_j off the diagonal, 0 on it           ⟨G, G'⟩ = n (n − 3) · HSIC₁
 *                m_j = (s_j − Σ s / (2 (n − 1))) / (n − 2),  s_j = Σ_{i≠j} K_ij
 *
 * @param gram float64 `[n or more, stride]`, symmetric; only the diagonal and what is below it is read. n ≥ 3 for the
 * unbiased estimator.
 * @param out float64 of `packedLength(n, estimator)`, overwritten; sums are float64.
 *
 * Source: Kornblith et al. 2019, arXiv:1905.00414, equation 3; Székely and Rizzo 2014, arXiv:1310.2926 (U-centring); the
 * unbiased HSIC is that of Song et al. 2012, equation 5.
 */
export function packCentred(
  gram: Float64Array,
  n: number,
  stride: number,
  estimator: HsicEstimator,
  out: Float64Array,
): void {
  const isBiased = estimator === 'biased';
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (isBiased) sums[i]! += gram[i * stride + i]!;
    for (let j = 0; j < i; j++) {
      const value = gram[i * stride + j]!;
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
    for (let j = 0; j < i; j++) {
      out[at++] = gram[i * stride + j]! - mean - means[j]!;
    }
    if (isBiased) {
      out[at++] = Math.SQRT1_2 * (gram[i * stride + i]! - 2 * mean);
    }
  }
}

/** Sum of the diagonal. */
export function traceOf(gram: Float64Array, n: number, stride: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += gram[i * stride + i]!;
  return sum;
}
