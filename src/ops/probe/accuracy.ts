/** How predictions are scored. */
export type AccuracyMetric = 'accuracy' | 'mean-per-class';

/**
 * Share of right predictions.
 *
 *     accuracy        right / examples
 *     mean-per-class  mean over the classes that have examples of (right of that class / examples of that class)
 *
 * @param predictions int32 `[examples]`, labels.
 * @param labels int32 `[examples]`; at least one.
 * @returns 0 to 1.
 */
export function scorePredictions(
  predictions: Int32Array,
  labels: Int32Array,
  metric: AccuracyMetric,
): number {
  const examples = new Map<number, number>();
  const right = new Map<number, number>();
  let allRight = 0;
  labels.forEach((label, i) => {
    examples.set(label, (examples.get(label) ?? 0) + 1);
    if (predictions[i] === label) {
      right.set(label, (right.get(label) ?? 0) + 1);
      allRight += 1;
    }
  });
  if (metric === 'accuracy') return allRight / labels.length;
  let sum = 0;
  for (const [label, count] of examples) sum += (right.get(label) ?? 0) / count;
  return sum / examples.size;
}
