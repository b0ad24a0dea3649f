import type { Neighbours } from './nearest-neighbours.ts';

/** How neighbours vote. */
export type Vote =
  | { readonly type: 'majority' }
  /** `temperature`: above 0. `unit`: what similarities are divided by before, above 0. */
  | {
      readonly type: 'weighted';
      readonly temperature: number;
      readonly unit: number;
    };

/**
 * What the `k` nearest neighbours say of each query, for several `k` at once.
 *
 *     prediction = argmax over classes c of  Σ over the k nearest n with label c of w(n)
 *     majority     w = 1
 *     weighted     w = exp((s − s₁) / (unit · T)),  s the similarity, s₁ that of the nearest
 *
 * Of classes with equal sums the one with the lowest label wins. Subtracting s₁ changes no sum but by a common factor, and
 * keeps the nearest from vanishing at a small T.
 *
 * @param labels int32, of the bank.
 * @param counts the values of k, each from 1 to `neighbours.count`.
 * @returns for each k in the order of `counts`, int32 `[queries]`, labels.
 *
 * Source: majority as in Cover and Hart 1967; weights as in Wu et al. 2018, arXiv:1805.01978, equation 5.
 */
export function voteOfNeighbours(
  neighbours: Neighbours,
  labels: Int32Array,
  counts: readonly number[],
  vote: Vote,
): Int32Array[] {
  const { count, indices, similarities } = neighbours;
  const queries = indices.length / count;
  const predictions = counts.map(() => new Int32Array(queries));
  for (let query = 0; query < queries; query++) {
    const at = query * count;
    const nearest = similarities[at]!;
    const sums = new Map<number, number>();
    for (let n = 1; n <= count; n++) {
      const label = labels[indices[at + n - 1]!]!;
      const weight =
        vote.type === 'majority'
          ? 1
          : Math.exp(
              (similarities[at + n - 1]! - nearest) /
                (vote.unit * vote.temperature),
            );
      sums.set(label, (sums.get(label) ?? 0) + weight);
      counts.forEach((k, which) => {
        if (k === n) predictions[which]![query] = heaviest(sums);
      });
    }
  }
  return predictions;
}

/** The class with the largest sum, of equal ones the lowest label. */
function heaviest(sums: ReadonlyMap<number, number>): number {
  let best = Infinity;
  let most = -Infinity;
  for (const [label, sum] of sums) {
    if (sum > most || (sum === most && label < best)) {
      most = sum;
      best = label;
    }
  }
  return best;
}
