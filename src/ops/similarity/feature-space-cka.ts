import { DoubleMemory } from '../../tensor/double/double-memory.ts';
import { toPanels } from '../../tensor/double/panel-matrix.ts';
import { dot } from '../products.ts';
import type { HsicEstimator } from './centred-gram.ts';
import { ROUNDING, type LayerReader } from './gram-source.ts';
import type { CkaSums, OwnSums } from './minibatch-cka.ts';

/** A float64 product of features costs so many float32 products of a Gram matrix. */
const DOUBLE_COST = 4;

/** Examples of a batch, centred. */
interface CentredBatch {
  readonly width: number;
  /** float64 `[batch, width]` */
  readonly rows: Float64Array;
  /** Squared norms, float64 `[batch]`. */
  readonly squares: Float64Array;
  /** Sum of the squares. */
  readonly trace: number;
}

/**
 * Whether the linear similarity of layers is cheaper to compute from products of their features than from Gram matrices:
 * where examples outnumber features by far.
 *
 *     Gram       Σ over layers n² p / 2  +  pairs · n² / 2
 *     features   Σ over pairs n p q  +  Σ over layers n p² / 2      (in float64, four times as dear)
 */
export function isFeatureSpaceCheaper(
  batch: number,
  left: readonly number[],
  right: readonly number[],
): boolean {
  const sum = (widths: readonly number[]): number =>
    widths.reduce((total, width) => total + width, 0);
  const squares = [...left, ...right].reduce((total, p) => total + p * p, 0);
  const grams =
    (batch * (sum(left) + sum(right)) + batch * left.length * right.length) / 2;
  const features = sum(left) * sum(right) + squares / 2;
  return DOUBLE_COST * features < grams;
}

/**
 * Sums for linear CKA of every left layer with every right layer, over minibatches in order: those of `minibatchCka`, from
 * products of features instead of Gram matrices.
 *
 *     biased     ⟨G, G'⟩ = ‖Xᵀ Y‖²
 *     unbiased   ⟨G, G'⟩ = ‖Xᵀ Y‖² − Σ d e + Σ d Σ e / ((n − 1)(n − 2)) − 2 / (n − 2) · Σ d e
 *
 * X and Y are a batch of features with their means taken off, d and e the squared norms of their rows. The unbiased form is
 * HSIC₁ unfolded: the diagonal of K = X Xᵀ is d, and its rows sum to 0, so those of K without its diagonal sum to −d.
 *
 * @yields the number of layers done, of `batches · left`, after each, so that the caller may pause.
 *
 * Source: Kornblith et al. 2019, arXiv:1905.00414, equation 4 and section 3; Song et al. 2012, equation 5.
 */
export function* featureSpaceCka(
  left: readonly LayerReader[],
  right: readonly LayerReader[],
  options: {
    readonly batch: number;
    readonly batches: number;
    readonly estimator: HsicEstimator;
  },
): Generator<
  { readonly done: number; readonly total: number },
  CkaSums,
  undefined
> {
  const { batch, batches, estimator } = options;
  const sums: CkaSums = {
    cross: new Float64Array(left.length * right.length),
    left: ownSums(left.length),
    right: ownSums(right.length),
  };
  const total = batches * left.length;
  let done = 0;
  for (let number = 0; number < batches; number++) {
    const columns = right.map((reader) => centredBatch(reader, number, batch));
    for (const [j, column] of columns.entries())
      addOwn(sums.right, j, column, estimator);
    for (const [i, reader] of left.entries()) {
      const row = centredBatch(reader, number, batch);
      addOwn(sums.left, i, row, estimator);
      for (const [j, column] of columns.entries())
        sums.cross[i * right.length + j]! += inner(row, column, estimator);
      done += 1;
      yield { done, total };
    }
  }
  return sums;
}

const ownSums = (layers: number): OwnSums => ({
  own: new Float64Array(layers),
  rounding: new Float64Array(layers),
});

function addOwn(
  sums: OwnSums,
  layer: number,
  batch: CentredBatch,
  estimator: HsicEstimator,
): void {
  sums.own[layer]! += inner(batch, batch, estimator);
  sums.rounding[layer]! += ROUNDING * batch.trace ** 2;
}

function centredBatch(
  reader: LayerReader,
  number: number,
  batch: number,
): CentredBatch {
  const { data, shape } = reader.read();
  const [, width = 0] = shape;
  const start = number * batch * width;
  const part = data.subarray(start, start + batch * width);
  const mean = new Float64Array(width);
  for (let at = width; at < part.length; at += width) {
    for (let j = 0; j < width; j++) mean[j]! += part[at + j]! - part[j]!;
  }
  for (let j = 0; j < width; j++) mean[j] = part[j]! + mean[j]! / batch;
  const rows = new Float64Array(part.length);
  const squares = new Float64Array(batch);
  for (let i = 0; i < batch; i++) {
    for (let j = 0; j < width; j++) {
      const value = part[i * width + j]! - mean[j]!;
      rows[i * width + j] = value;
      squares[i]! += value * value;
    }
  }
  const trace = squares.reduce((sum, value) => sum + value, 0);
  return { width, rows, squares, trace };
}

/** ⟨G, G'⟩ of two batches of the same examples. */
function inner(
  left: CentredBatch,
  right: CentredBatch,
  estimator: HsicEstimator,
): number {
  const n = left.squares.length;
  const whole = toPanels(right.width);
  const memory = new DoubleMemory([
    n * whole,
    n * left.width,
    left.width * whole,
  ]);
  const x = memory.panels(n, right.width);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < right.width; j++) {
      x.data[((j >> 3) * n + i) * 8 + (j & 7)] =
        right.rows[i * right.width + j]!;
    }
  }
  const r = memory.array(n * left.width);
  r.set(left.rows);
  const product = memory.array(left.width * whole); // [left.width, whole]
  memory.addProducts(
    x,
    { from: 0, rows: n, first: 0, last: whole / 8 },
    r,
    left.width,
    left.width,
    product,
    whole,
  );
  const square = dot(product, product);
  if (estimator === 'biased') return square;
  const diagonals = dot(left.squares, right.squares);
  return (
    square -
    diagonals +
    (left.trace * right.trace) / ((n - 1) * (n - 2)) -
    (2 / (n - 2)) * diagonals
  );
}
