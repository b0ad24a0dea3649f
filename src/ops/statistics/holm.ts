/**
 * P-values of a family of tests, corrected by Holm's step-down method: rejecting what is below α then has at most the
 * probability α of rejecting any true hypothesis, however the tests depend on each other.
 *
 *     p₍₁₎ ≤ … ≤ p₍ₘ₎,   corrected₍ᵢ₎ = min(1, max over j ≤ i of (m − j + 1) · p₍ⱼ₎)
 *
 * Equal p-values stay equal. An empty family has none.
 *
 * @param pValues from 0 to 1, in any order.
 * @returns corrected p-values in the order given.
 *
 * Source: Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((_, i) => i);
  order.sort((a, b) => (pValues[a] ?? 0) - (pValues[b] ?? 0));
  const corrected = [...pValues];
  let largest = 0;
  order.forEach((place, rank) => {
    const left = pValues.length - rank;
    largest = Math.max(largest, left * (pValues[place] ?? 0));
    corrected[place] = Math.min(1, largest);
  });
  return corrected;
}
