import { DoubleMemory } from '../../tensor/double/double-memory.ts';
import { packWeights, toPanels } from '../../tensor/double/panel-matrix.ts';
import { RowSums } from '../../tensor/double/row-sums.ts';
import { dot } from '../products.ts';
import { numberClasses } from './classes.ts';
import type { RowStream } from './row-stream.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** Share of the largest eigenvalue of Σ_B up to which another one is rounding, and its direction left out. */
const RANK_CUT = 1e-12;

/** Examples that are projected at a time. */
const ROWS = 128;

/**
 * Variability collapse NC1, classes weighted equally, in two passes: how much examples spread around their class's mean, seen
 * in the directions in which class means spread.
 *
 *     NC1 = tr( Σ_W Σ_B⁺ ) / K
 *     Σ_W = mean over classes of mean over its examples of (x − μ_k)(x − μ_k)ᵀ
 *     Σ_B = mean over classes of (μ_k − μ)(μ_k − μ)ᵀ,   μ = mean of the class means
 *
 * Σ_B has rank below K, so its pseudo-inverse needs the eigenvectors of a K × K matrix only; eigenvalues up to 1e-12 of the
 * largest count as 0. 0 where every class has collapsed to a point; null where there is one class, or where all class means
 * are equal. A class with one example adds nothing to Σ_W.
 *
 * @param features float32 `[examples, features]`, finite.
 * @param labels int32 `[examples]`; only equality is used.
 * @yields the number of examples done in this pass, so that the caller may pause.
 * @returns ≥ 0, or null.
 *
 * Source: Papyan, Han and Donoho 2020, arXiv:2008.08186, NC1; classes weighted equally is ours.
 */
export function* neuralCollapse(
  features: RowStream,
  labels: Int32Array,
): Generator<number, number | null, undefined> {
  const { width } = features;
  const { indices, sizes } = numberClasses(labels);
  const classes = sizes.length;
  const rows = new RowSums(width, classes + 2);
  const zeros = rows.vector();
  const origin = rows.vector();
  const means = Array.from({ length: classes }, () => rows.vector()); // minus the origin
  yield* rows.pass(features.pieces(), (row, start, block) => {
    if (row === 0) origin.set(block.subarray(start, start + width));
    rows.addDifference(start, zeros, 1, origin, means[indices[row]!]!);
  });
  means.forEach((mean, k) => {
    for (let j = 0; j < width; j++) mean[j]! /= sizes[k]!;
  });
  const directions = betweenDirections(means, width);
  if (directions.length === 0) return null;

  const count = directions.length;
  const columns = toPanels(width);
  const packed = Math.ceil(count / 4) * 4 * columns;
  const memory = new DoubleMemory([ROWS * columns, packed, ROWS * count]);
  const x = memory.panels(ROWS, width);
  const w = memory.array(packed);
  const projections = memory.array(ROWS * count);
  const weights = new Float64Array(count * columns);
  directions.forEach((direction, r) => {
    weights.set(direction, r * columns);
  });
  packWeights(weights, count, columns, w);
  let trace = 0;
  const waiting: number[] = []; // classes of the rows in x
  const project = (): void => {
    memory.multiplyRows(x, w, count, projections);
    waiting.forEach((k, i) => {
      const own = projections.subarray(i * count, (i + 1) * count);
      trace += dot(own, own) / sizes[k]! / classes;
    });
    waiting.length = 0;
  };
  yield* rows.pass(features.pieces(), (row, start, block) => {
    const k = indices[row]!;
    const mean = means[k]!;
    const i = waiting.push(k) - 1;
    for (let j = 0; j < width; j++) {
      x.data[((j >> 3) * ROWS + i) * 8 + (j & 7)] =
        block[start + j]! - origin[j]! - mean[j]!;
    }
    if (waiting.length === ROWS) project();
  });
  project();
  return trace / classes;
}

/** Eigenvectors of Σ_B over the roots of their eigenvalues, so that Σ_B⁺ is the sum of their outer products. */
function betweenDirections(
  means: readonly Float64Array[],
  width: number,
): Float64Array[] {
  const classes = means.length;
  const centre = new Float64Array(width);
  for (const mean of means) {
    for (let j = 0; j < width; j++) centre[j]! += mean[j]! / classes;
  }
  const centred = means.map((mean) =>
    mean.map((value, j) => (value - centre[j]!) / Math.sqrt(classes)),
  );
  const gram = Float64Array.from({ length: classes * classes }, (_, at) =>
    dot(centred[Math.floor(at / classes)]!, centred[at % classes]!),
  );
  const { values, vectors } = symmetricEigen(gram, classes);
  const largest = values[0] ?? 0;
  const directions: Float64Array[] = [];
  values.forEach((value, r) => {
    if (!(value > RANK_CUT * largest)) return;
    // v = Mᵀu / √λ has length 1; another √λ for the inverse.
    const direction = new Float64Array(width);
    centred.forEach((mean, k) => {
      const share = vectors[r * classes + k]! / value;
      for (let j = 0; j < width; j++) direction[j]! += share * mean[j]!;
    });
    directions.push(direction);
  });
  return directions;
}
