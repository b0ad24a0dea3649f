import { RowSums } from '../../tensor/double/row-sums.ts';
import { numberClasses } from './classes.ts';
import { NotFiniteError, type RowStream } from './row-stream.ts';

/** How well classes are separated: `r2 = 1 − within / total`. */
export interface Separation {
  /** 0 (not at all) to 1 (all examples of a class equal); null where `total` is 0. */
  readonly r2: number | null;
  /** Mean distance between examples of one class, classes weighted equally. */
  readonly within: number;
  /** Mean distance between examples of any two classes, pairs of classes weighted equally. */
  readonly total: number;
  /** Classes that have examples. */
  readonly classes: number;
  readonly examples: number;
  /** Examples whose feature vector is zero (after centring, where that is asked for). */
  readonly zeroVectors: number;
}

/** Distances with a form that is linear in the number of examples. */
export type LinearDistance = 'cosine' | 'squared-euclidean';

/** Floor of squared norms: what is shorter counts as (nearly) zero instead of being blown up. */
export const SQUARED_NORM_FLOOR = 1e-12;

/**
 * Below this share of the distance's scale a total is the rounding of sums of equal vectors, not a distance. Features are
 * float32, so a real difference leaves at least 1e-15.
 */
const NO_DISTANCE = 1e-24;

/**
 * Class separation, balanced over classes, in one pass (two if centred).
 *
 *     within = (1/K)  Σ_k   (1/N_k²)      Σ_{m,n} d(x_km, x_kn)           self pairs included
 *     total  = (1/K²) Σ_j,k (1/(N_j N_k)) Σ_{m,n} d(x_jm, x_kn)           j = k included
 *     r2     = 1 − within / total
 *
 * With d = squared Euclidean both are twice a variance: of the examples around their class's mean, and that plus the
 * variance of the class means around the mean of the class means. With d = 1 − cosine they are half of the same on
 * normalised vectors, since 1 − cos(x, y) = ½‖x/‖x‖ − y/‖y‖‖². A zero vector has cosine 0 to everything, itself too, which
 * adds 1 − ½(‖h‖² + ‖h'‖²) for normalised vectors h, h' shorter than 1.
 *
 * Where all vectors are equal `total` is 0 and `r2` is null. Vectors that are all zero have cosine distance 1 to each
 * other, so `within = total = 1` and `r2 = 0`. One class alone has `r2 = 0`. A class with one example adds 0 to `within`.
 *
 * @param features float32 `[examples, features]`, finite; at least one example.
 * @param labels int32 `[examples]`; only equality is used, classes without examples don't count.
 * @param center whether the mean over examples is subtracted first; changes nothing for Euclidean distances.
 * @yields the number of examples done in this pass, so that the caller may pause.
 * @returns scalars, summed in float64.
 * @throws {NotFiniteError}
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 11; the linear form follows from it. Conventions for zero
 * vectors, the norm's floor (1e-12 on the square) and total = 0 are ours.
 */
export function* classSeparation(
  features: RowStream,
  labels: Int32Array,
  options: { readonly distance: LinearDistance; readonly center: boolean },
): Generator<number, Separation, undefined> {
  const { width } = features;
  const examples = labels.length;
  const { indices, sizes } = numberClasses(labels);
  const classes = sizes.length;
  const isCosine = options.distance === 'cosine';
  const rows = new RowSums(width, classes + 4);
  const zeros = rows.vector();
  const mean = rows.vector();
  if (options.center && isCosine) {
    const first = rows.vector();
    yield* rows.pass(features.pieces(), (row, start, block) => {
      if (row === 0) first.set(block.subarray(start, start + width));
      checkFinite(rows.squaredNorm(start, zeros), row, start, block, width);
      // Differences from the first vector: the mean is exact where all are equal.
      rows.addDifference(start, zeros, 1, first, mean);
    });
    for (let j = 0; j < width; j++) mean[j] = first[j]! + mean[j]! / examples;
  }

  // Sums of differences from the first vector: distances don't see the shift, and the squares don't cancel.
  const origin = rows.vector();
  const sums = Array.from({ length: classes }, () => rows.vector());
  const squares = new Float64Array(classes); // Σ ‖difference‖²
  const shortfalls = new Float64Array(classes); // Σ 1 − ‖h‖²
  let zeroVectors = 0;
  yield* rows.pass(features.pieces(), (row, start, block) => {
    const squaredNorm = rows.squaredNorm(start, mean);
    checkFinite(squaredNorm, row, start, block, width);
    const k = indices[row]!;
    if (squaredNorm === 0) zeroVectors += 1;
    if (squaredNorm < SQUARED_NORM_FLOOR) {
      shortfalls[k]! += 1 - squaredNorm / SQUARED_NORM_FLOOR;
    }
    const scale = isCosine
      ? 1 / Math.sqrt(Math.max(squaredNorm, SQUARED_NORM_FLOOR))
      : 1;
    if (row === 0) {
      for (let j = 0; j < width; j++)
        origin[j] = (block[start + j]! - mean[j]!) * scale;
    }
    squares[k]! += rows.addDifference(start, mean, scale, origin, sums[k]!);
  });

  const center = new Float64Array(width); // mean of the class means
  for (let k = 0; k < classes; k++) {
    for (let j = 0; j < width; j++) {
      center[j]! += sums[k]![j]! / sizes[k]! / classes;
    }
  }
  let spread = 0;
  let between = 0;
  let shortfall = 0;
  for (let k = 0; k < classes; k++) {
    const size = sizes[k]!;
    let meanSquare = 0;
    let offset = 0;
    for (let j = 0; j < width; j++) {
      const classMean = sums[k]![j]! / size;
      meanSquare += classMean * classMean;
      offset += (classMean - center[j]!) ** 2;
    }
    // Rounding may leave −1e-17 where all examples of a class are equal.
    spread += Math.max(0, squares[k]! / size - meanSquare) / classes;
    between += offset / classes;
    shortfall += shortfalls[k]! / size / classes;
  }
  const within = isCosine ? spread + shortfall : 2 * spread;
  const total = within + (isCosine ? between : 2 * between);
  return {
    ...rSquared(within, total, isCosine ? NO_DISTANCE : 0),
    classes,
    examples,
    zeroVectors,
  };
}

/** `r2` from the two distances; totals up to `noDistance` are 0. */
export function rSquared(
  within: number,
  total: number,
  noDistance: number,
): Pick<Separation, 'r2' | 'within' | 'total'> {
  return total <= noDistance
    ? { r2: null, within: 0, total: 0 }
    : { r2: 1 - within / total, within, total };
}

function checkFinite(
  squaredNorm: number,
  row: number,
  start: number,
  block: Float32Array,
  width: number,
): void {
  if (Number.isFinite(squaredNorm)) return;
  const values = block.subarray(start, start + width);
  throw new NotFiniteError(
    row,
    values.find((value) => !Number.isFinite(value)) ?? NaN,
  );
}
