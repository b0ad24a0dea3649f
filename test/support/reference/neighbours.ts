/** Similarity of two vectors, from the definition. */
export type Similarity = (
  left: readonly number[],
  right: readonly number[],
) => number;

export const cosine: Similarity = (left, right) => {
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, j) => sum + value * b[j]!, 0);
  const norms = Math.sqrt(dot(left, left) * dot(right, right));
  return norms === 0 ? 0 : dot(left, right) / norms;
};

export const minusEuclidean: Similarity = (left, right) =>
  -Math.sqrt(left.reduce((sum, value, j) => sum + (value - right[j]!) ** 2, 0));

/** Places of the `count` nearest, by sorting everything. */
export function nearestLoops(
  bank: readonly (readonly number[])[],
  query: readonly number[],
  similarity: Similarity,
  count: number,
): { readonly index: number; readonly similarity: number }[] {
  return bank
    .map((row, index) => ({ index, similarity: similarity(query, row) }))
    .sort((a, b) => b.similarity - a.similarity || a.index - b.index)
    .slice(0, count);
}

/** The label with the most weight among the nearest, of equal ones the lowest. */
export function knnLoops(
  bank: readonly (readonly number[])[],
  labels: readonly number[],
  query: readonly number[],
  options: {
    readonly similarity: Similarity;
    readonly count: number;
    readonly weight?: (similarity: number) => number;
  },
): number {
  const { similarity, count, weight = () => 1 } = options;
  const sums: number[] = [];
  for (const near of nearestLoops(bank, query, similarity, count)) {
    const label = labels[near.index]!;
    sums[label] = (sums[label] ?? 0) + weight(near.similarity);
  }
  let best = 0;
  sums.forEach((sum, label) => {
    if (sum > (sums[best] ?? 0)) best = label;
  });
  return best;
}
