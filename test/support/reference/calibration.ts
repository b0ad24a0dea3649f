/** Probabilities of one example, from the definition. */
export type Rule = (outputs: readonly number[]) => readonly number[];

const shares = (values: readonly number[]): readonly number[] => {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
};
export const softmaxLoops: Rule = (outputs) => shares(outputs.map(Math.exp));
export const normalizedSigmoidLoops: Rule = (outputs) =>
  shares(outputs.map((z) => 1 / (1 + Math.exp(-z))));

/** Scores by sorting and counting. */
export function scoreLoops(
  outputs: readonly (readonly number[])[],
  labels: readonly number[],
  options: {
    readonly rule: Rule;
    readonly temperature?: number;
    readonly bins?: number;
    readonly keep?: (label: number) => boolean;
  },
) {
  const { rule, temperature = 1, bins = 15, keep = () => true } = options;
  const kept = outputs.flatMap((row, i) => {
    const label = labels[i]!;
    if (!keep(label)) return [];
    const order = row
      .map((_, k) => k)
      .sort((a, b) => row[b]! - row[a]! || a - b);
    const p = rule(row.map((z) => z / temperature));
    return [{ label, order, p, predicted: order[0]! }];
  });
  const n = kept.length;
  let ece = 0;
  for (let b = 0; b < bins; b++) {
    const bin = kept.filter(({ p, predicted }) => {
      const confidence = p[predicted]!;
      return confidence > b / bins && confidence <= (b + 1) / bins;
    });
    if (bin.length === 0) continue;
    const right = bin.filter(({ predicted, label }) => predicted === label);
    const confidence = bin.reduce((sum, one) => sum + one.p[one.predicted]!, 0);
    ece +=
      (bin.length / n) *
      Math.abs(right.length / bin.length - confidence / bin.length);
  }
  return {
    examples: n,
    accuracy: kept.filter((one) => one.predicted === one.label).length / n,
    top5:
      kept.filter((one) => one.order.slice(0, 5).includes(one.label)).length /
      n,
    nll: kept.reduce((sum, one) => sum - Math.log(one.p[one.label]!), 0) / n,
    ece,
  };
}
