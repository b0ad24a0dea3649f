/** A distance between two vectors. */
export type Distance = (x: readonly number[], y: readonly number[]) => number;

const dot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, j) => sum + value * y[j]!, 0);

/** 1 − cosine; a zero vector has cosine 0 to everything, itself too. */
export const cosineDistance: Distance = (x, y) => {
  const norms = Math.sqrt(dot(x, x) * dot(y, y));
  return norms === 0 ? 1 : 1 - dot(x, y) / norms;
};

/** ‖x − y‖². */
export const squaredDistance: Distance = (x, y) =>
  x.reduce((sum, value, j) => sum + (value - y[j]!) ** 2, 0);

/** ‖x − y‖. */
export const plainDistance: Distance = (x, y) =>
  Math.sqrt(squaredDistance(x, y));

/** Wrong formulas that are near the right one, each found in published copies. */
export interface Mistakes {
  /** Each pair once within a class, divided by N_k² all the same. */
  readonly pairsOnce?: boolean;
  /** Total over all examples alike: big classes count for more. */
  readonly unbalancedTotal?: boolean;
  /** Self pairs left out of the within-class mean. */
  readonly noSelfPairs?: boolean;
}

/** The definition of class separation: all pairs, nested loops. */
export function separationLoops(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  distance: Distance,
  mistakes: Mistakes = {},
): { readonly within: number; readonly total: number; readonly r2: number } {
  const classes = [...new Set(labels)];
  const members = classes.map((label) =>
    rows.filter((_, i) => labels[i] === label),
  );
  let within = 0;
  let total = 0;
  members.forEach((left, j) => {
    members.forEach((right, k) => {
      let sum = 0;
      left.forEach((x, m) => {
        right.forEach((y, n) => {
          if (j === k && mistakes.pairsOnce === true && n <= m) return;
          sum += distance(x, y);
        });
      });
      total += sum / (left.length * right.length);
      if (j === k) {
        within +=
          mistakes.noSelfPairs === true
            ? sum / Math.max(1, left.length * (left.length - 1))
            : sum / left.length ** 2;
      }
    });
  });
  within /= classes.length;
  total /= classes.length ** 2;
  if (mistakes.unbalancedTotal === true) {
    total = 0;
    for (const x of rows) for (const y of rows) total += distance(x, y);
    total /= rows.length ** 2;
  }
  return { within, total, r2: 1 - within / total };
}

/** Rows minus their mean. */
export function centered(rows: readonly (readonly number[])[]): number[][] {
  const mean = rows[0]!.map(
    (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length,
  );
  return rows.map((row) => row.map((value, j) => value - mean[j]!));
}
