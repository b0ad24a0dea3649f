import { DoubleMemory } from '../../tensor/double/double-memory.ts';
import { packWeights, toPanels } from '../../tensor/double/panel-matrix.ts';
import { SQUARED_NORM_FLOOR } from './class-separation.ts';
import { numberClasses } from './classes.ts';
import type { RowStream } from './row-stream.ts';

/** How the distances of examples are spread, within classes and between them. */
export interface DistanceDensities {
  /** Where the first bin starts: 0. */
  readonly from: number;
  /** Where the last bin ends: 2 for cosine distances, the largest one that was met for others. */
  readonly to: number;
  /** Examples whose pairs were looked at. */
  readonly examples: number;
  /** Density of each bin, which integrates to 1; null where no class has two of the examples. */
  readonly within: readonly number[] | null;
  /** The same for pairs of different classes; null where there is one class. */
  readonly between: readonly number[] | null;
}

/** Most examples whose pairs are looked at: half a million pairs. */
const MOST_EXAMPLES = 1000;

/** Distances that can be told. */
export type PairDistance = 'cosine' | 'squared-euclidean' | 'euclidean';

/**
 * Densities of the distances within and between classes, as histograms of equal bins.
 *
 *     within    mean over classes of the histogram of its pairs of different examples
 *     between   mean over pairs of classes of the histogram of their pairs
 *
 * Looked at are all pairs of at most 1000 examples, spread evenly over the order in which they come: example
 * `⌊i · N / 1000⌋`. A bin includes its lower edge, the last one its upper edge too. A zero vector has cosine distance 1 to
 * everything.
 *
 * @param features float32 `[examples, features]`, finite.
 * @param labels int32 `[examples]`; only equality is used.
 * @param center whether the mean over the examples looked at is subtracted first; changes nothing for Euclidean distances.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, appendix (densities of cosine distances); bins and sample are ours.
 */
export function distanceDensities(
  features: RowStream,
  labels: Int32Array,
  options: {
    readonly distance: PairDistance;
    readonly center: boolean;
    readonly bins: number;
  },
): DistanceDensities {
  const { distance, bins } = options;
  const { width } = features;
  const count = Math.min(MOST_EXAMPLES, labels.length);
  const chosen = Int32Array.from({ length: count }, (_, i) =>
    Math.floor((i * labels.length) / count),
  );
  const rows = gather(features, chosen);
  // The mean is taken off for every distance: it keeps the digits of Euclidean ones.
  if (options.center || distance !== 'cosine') centre(rows, width);
  if (distance === 'cosine') normalise(rows, width);
  const products = pairProducts(rows, count, width);
  const at = (i: number, j: number): number => products[i * count + j]!;
  const distanceOf = (i: number, j: number): number => {
    if (distance === 'cosine') return Math.min(2, Math.max(0, 1 - at(i, j)));
    const square = Math.max(0, at(i, i) + at(j, j) - 2 * at(i, j));
    return distance === 'euclidean' ? Math.sqrt(square) : square;
  };
  let to = distance === 'cosine' ? 2 : 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) to = Math.max(to, distanceOf(i, j));
  }

  const { indices, sizes } = numberClasses(
    chosen.map((example) => labels[example]!),
  );
  const pairs = (n: number): number => (n * (n - 1)) / 2;
  const withPairs = sizes.filter((size) => size > 1).length;
  const within = new Float64Array(bins);
  const between = new Float64Array(bins);
  const binWidth = to > 0 ? to / bins : 1;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const bin = Math.min(bins - 1, Math.floor(distanceOf(i, j) / binWidth));
      const [k, l] = [indices[i]!, indices[j]!];
      if (k === l) within[bin]! += 1 / pairs(sizes[k]!) / withPairs;
      else between[bin]! += 1 / sizes[k]! / sizes[l]! / pairs(sizes.length);
    }
  }
  const density = (shares: Float64Array) =>
    Array.from(shares, (share) => share / binWidth);
  return {
    from: 0,
    to,
    examples: count,
    within: withPairs === 0 ? null : density(within),
    between: sizes.length < 2 ? null : density(between),
  };
}

/** Some rows of a stream, in float64. */
function gather(features: RowStream, chosen: Int32Array): Float64Array {
  const { width } = features;
  const rows = new Float64Array(chosen.length * width);
  let next = 0; // the row that is looked for
  let first = 0; // place of the piece in the stream
  for (const piece of features.pieces()) {
    const end = first + piece.length;
    while (next < chosen.length) {
      const start = chosen[next]! * width;
      if (start >= end) break;
      const from = Math.max(start, first);
      const part = piece.subarray(from - first, start + width - first);
      rows.set(part, next * width + from - start);
      if (start + width > end) break;
      next += 1;
    }
    first = end;
  }
  return rows;
}

function centre(rows: Float64Array, width: number): void {
  const count = rows.length / width;
  for (let j = 0; j < width; j++) {
    let sum = 0;
    for (let at = j; at < rows.length; at += width) sum += rows[at]! - rows[j]!;
    const mean = rows[j]! + sum / count;
    for (let at = j; at < rows.length; at += width) rows[at]! -= mean;
  }
}

function normalise(rows: Float64Array, width: number): void {
  for (let start = 0; start < rows.length; start += width) {
    const row = rows.subarray(start, start + width);
    let square = 0;
    for (const value of row) square += value * value;
    const scale = 1 / Math.sqrt(Math.max(square, SQUARED_NORM_FLOOR));
    for (let j = 0; j < width; j++) row[j]! *= scale;
  }
}

/** Inner products of all rows, float64 `[count, count]`. */
function pairProducts(
  rows: Float64Array,
  count: number,
  width: number,
): Float64Array {
  const columns = toPanels(width);
  const packed = Math.ceil(count / 4) * 4 * columns;
  const memory = new DoubleMemory([count * columns, packed, count * count]);
  const x = memory.panels(count, width);
  const padded = new Float64Array(count * columns);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < width; j++) {
      const value = rows[i * width + j]!;
      x.data[((j >> 3) * count + i) * 8 + (j & 7)] = value;
      padded[i * columns + j] = value;
    }
  }
  const w = memory.array(packed);
  packWeights(padded, count, columns, w);
  const products = memory.array(count * count);
  memory.multiplyRows(x, w, count, products);
  return products;
}
