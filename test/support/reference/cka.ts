type Rows = readonly (readonly number[])[];

/** Gram matrix of the linear kernel, `X Xᵀ`. */
export const gram = (rows: Rows): number[][] =>
  rows.map((x) =>
    rows.map((y) => x.reduce((sum, value, j) => sum + value * y[j]!, 0)),
  );

/** Slips of copies of the RBF kernel. */
export interface RbfMistakes {
  /** The median over pairs of different examples only. */
  readonly withoutDiagonal?: boolean;
  /** The bandwidth as a share of the median squared distance. */
  readonly shareOfSquare?: boolean;
}

/** Gram matrix of the RBF kernel, its bandwidth `threshold` times the median distance over all n² pairs. */
export function rbfGram(
  rows: Rows,
  threshold: number,
  mistakes: RbfMistakes = {},
): number[][] {
  const squares = rows.map((x) =>
    rows.map((y) => x.reduce((sum, v, j) => sum + (v - y[j]!) ** 2, 0)),
  );
  const sorted = squares
    .flatMap((row, i) =>
      row.filter((_, j) => mistakes.withoutDiagonal !== true || i !== j),
    )
    .sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median =
    (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  const share = mistakes.shareOfSquare === true ? threshold : threshold ** 2;
  return squares.map((row) =>
    row.map((d) => Math.exp(-d / (2 * share * median))),
  );
}

const total = (matrix: Rows): number =>
  matrix.flat().reduce((sum, value) => sum + value, 0);

/** Slips of published copies. */
export interface CkaMistakes {
  /** Diagonals left in. */
  readonly keepDiagonal?: boolean;
  /** 1/(n−2) instead of 2/(n−2) before the last term. */
  readonly halfLastTerm?: boolean;
}

/**
 * Unbiased HSIC₁, unfolded: with zeroed diagonals K, L
 * [ tr(KL) + (1ᵀK1)(1ᵀL1)/((n−1)(n−2)) − 2/(n−2) 1ᵀKL1 ] / (n(n−3)).
 */
export function unbiasedHsic(
  left: Rows,
  right: Rows,
  mistakes: CkaMistakes = {},
): number {
  const n = left.length;
  const cleared = (matrix: Rows): number[][] =>
    matrix.map((row, i) =>
      row.map((value, j) =>
        i === j && mistakes.keepDiagonal !== true ? 0 : value,
      ),
    );
  const k = cleared(left);
  const l = cleared(right);
  let trace = 0;
  let chained = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      trace += k[i]![j]! * l[j]![i]!;
      for (let m = 0; m < n; m++) chained += k[i]![j]! * l[j]![m]!;
    }
  }
  const factor = mistakes.halfLastTerm === true ? 1 : 2;
  return (
    (trace +
      (total(k) * total(l)) / ((n - 1) * (n - 2)) -
      (factor / (n - 2)) * chained) /
    (n * (n - 3))
  );
}

/** Biased HSIC₀: tr(K H L H) / (n − 1)², H = I − 1/n. */
export function biasedHsic(left: Rows, right: Rows): number {
  const n = left.length;
  const centred = (matrix: Rows): number[][] => {
    const rowMeans = matrix.map((row) => row.reduce((s, v) => s + v, 0) / n);
    const mean = rowMeans.reduce((s, v) => s + v, 0) / n;
    return matrix.map((row, i) =>
      row.map((value, j) => value - rowMeans[i]! - rowMeans[j]! + mean),
    );
  };
  const k = centred(left);
  const l = centred(right);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) sum += k[i]![j]! * l[i]![j]!;
  }
  return sum / (n - 1) ** 2;
}

/** CKA over batches in order, the remainder dropped: mean of each HSIC, then the ratio. */
export function ckaLoops(
  left: Rows,
  right: Rows,
  batch: number,
  hsic: (k: Rows, l: Rows) => number,
  kernel: (rows: Rows) => number[][] = gram,
): number {
  let cross = 0;
  let own = 0;
  let other = 0;
  for (let start = 0; start + batch <= left.length; start += batch) {
    const k = kernel(left.slice(start, start + batch));
    const l = kernel(right.slice(start, start + batch));
    cross += hsic(k, l);
    own += hsic(k, k);
    other += hsic(l, l);
  }
  return cross / Math.sqrt(own * other);
}

/** The wrong order: a ratio for each batch, then their mean. */
export function meanOfRatios(
  left: Rows,
  right: Rows,
  batch: number,
  hsic: (k: Rows, l: Rows) => number,
): number {
  const ratios: number[] = [];
  for (let start = 0; start + batch <= left.length; start += batch) {
    ratios.push(
      ckaLoops(
        left.slice(start, start + batch),
        right.slice(start, start + batch),
        batch,
        hsic,
      ),
    );
  }
  return ratios.reduce((sum, value) => sum + value, 0) / ratios.length;
}
