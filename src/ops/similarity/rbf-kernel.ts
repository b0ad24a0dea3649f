/**
 * Turns a Gram matrix of the linear kernel into one of the Gaussian kernel, in place.
 *
 *     K_ij = exp( −d_ij / (2 · threshold² · median of all d) ),   d_ij = ‖x_i − x_j‖² = G_ii + G_jj − 2 G_ij
 *
 * The median is over all n² pairs of the batch, each example with itself included; of two middle values it is the mean. So the
 * bandwidth is `threshold` times the median distance, and the scale of the features doesn't matter.
 *
 * Where the median is 0 (more than half of the pairs are equal) there is no bandwidth: the matrix is left as it is.
 *
 * @param gram float64 `[n or more, stride]`; only the diagonal and what is below it is read and written.
 * @param threshold > 0.
 * @returns whether there is a bandwidth.
 *
 * Source: Kornblith et al. 2019, arXiv:1905.00414, section 3, and `gram_rbf` of the code published with it.
 */
export function toRbf(
  gram: Float64Array,
  n: number,
  stride: number,
  threshold: number,
): boolean {
  const distances = new Float64Array((n * (n - 1)) / 2); // i > j, row by row
  let at = 0;
  for (let i = 0; i < n; i++) {
    const own = gram[i * stride + i]!;
    for (let j = 0; j < i; j++) {
      const other = gram[j * stride + j]!;
      // Rounding may leave −1e-7 between equal vectors.
      distances[at++] = Math.max(0, own + other - 2 * gram[i * stride + j]!);
    }
  }
  const sorted = Float64Array.from(distances).sort();
  // In order: n zeros of the diagonal, then every pair twice.
  const inOrder = (rank: number): number =>
    rank < n ? 0 : sorted[(rank - n) >> 1]!;
  const median =
    (inOrder((n * n - 1) >> 1) + inOrder(Math.floor((n * n) / 2))) / 2;
  if (!(median > 0)) return false;
  const factor = -1 / (2 * threshold * threshold * median);
  at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      gram[i * stride + j] = Math.exp(factor * distances[at++]!);
    }
    gram[i * stride + i] = 1;
  }
  return true;
}
