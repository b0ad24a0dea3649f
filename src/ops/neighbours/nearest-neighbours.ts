import { DoubleMemory } from '../../tensor/double/double-memory.ts';
import {
  packWeights,
  toPanels,
  type PanelMatrix,
} from '../../tensor/double/panel-matrix.ts';
import type { NdArrayOf } from '../../tensor/nd-array.ts';
import { SQUARED_NORM_FLOOR } from '../separation/class-separation.ts';

/** How near two vectors are. */
export type NeighbourDistance = 'cosine' | 'euclidean';

/** The nearest neighbours of each query, nearest first. */
export interface Neighbours {
  /** Neighbours of each query. */
  readonly count: number;
  /** Their places in the bank, int32 `[queries, count]`. */
  readonly indices: Int32Array;
  /** Cosine, or minus the Euclidean distance; float64 `[queries, count]`, falling along each row. */
  readonly similarities: Float64Array;
}

/** Queries and examples of the bank that are compared at once: two blocks and their products stay in the cache. */
const QUERIES_AT_ONCE = 64;
const BANK_AT_ONCE = 256;

/**
 * The `count` nearest of a bank of vectors to each query.
 *
 *     cosine      s(x, y) = x · y / (‖x‖ ‖y‖)
 *     euclidean   s(x, y) = −‖x − y‖
 *
 * Blocks of queries are compared with blocks of the bank, and only the nearest so far are kept: memory grows with
 * queries × count, not with queries × bank. Of equally near ones the first of the bank comes first. A zero vector has cosine 0
 * to everything, itself too; squared norms have a floor of 1e-12. Euclidean distances are taken after the mean of the bank is
 * subtracted, which changes none of them and keeps their digits where all vectors are far from zero; equal vectors are
 * at distance 0 exactly.
 *
 * @param bank float32 `[examples, features]`, finite; at least `count` examples.
 * @param queries float32 `[queries, features]`, finite.
 * @param count 1 or more.
 * @yields the number of queries done, so that the caller may pause.
 * @returns neighbours, computed in float64.
 *
 * Source: the definition.
 */
export function* nearestNeighbours(
  bank: NdArrayOf<'float32'>,
  queries: NdArrayOf<'float32'>,
  options: { readonly distance: NeighbourDistance; readonly count: number },
): Generator<number, Neighbours, undefined> {
  const { distance, count } = options;
  const [bankSize = 0, width = 0] = bank.shape;
  const [queryCount = 0] = queries.shape;
  const isCosine = distance === 'cosine';
  const center = isCosine ? new Float64Array(width) : meanOf(bank);
  const indices = new Int32Array(queryCount * count);
  const similarities = new Float64Array(queryCount * count).fill(-Infinity);

  const whole = toPanels(width);
  const memory = new DoubleMemory([
    ...[BANK_AT_ONCE * whole, QUERIES_AT_ONCE * whole],
    BANK_AT_ONCE * QUERIES_AT_ONCE,
  ]);
  const panels = memory.panels(BANK_AT_ONCE, width);
  const packed = memory.array(QUERIES_AT_ONCE * whole);
  const products = memory.array(BANK_AT_ONCE * QUERIES_AT_ONCE); // [bank, queries]
  const left = blockOf(QUERIES_AT_ONCE, whole);
  const right = blockOf(BANK_AT_ONCE, whole);
  for (let query = 0; query < queryCount; query += QUERIES_AT_ONCE) {
    const rows = Math.min(QUERIES_AT_ONCE, queryCount - query);
    fill(left, queries.data, query, rows, center, isCosine);
    packWeights(left.rows, QUERIES_AT_ONCE, whole, packed);
    for (let start = 0; start < bankSize; start += BANK_AT_ONCE) {
      const columns = Math.min(BANK_AT_ONCE, bankSize - start);
      fill(right, bank.data, start, columns, center, isCosine);
      toPanelRows(right.rows, panels);
      memory.multiplyRows(panels, packed, QUERIES_AT_ONCE, products);
      for (let i = 0; i < rows; i++) {
        const at = (query + i) * count;
        for (let j = 0; j < columns; j++) {
          const product = products[j * QUERIES_AT_ONCE + i]!;
          const similarity = isCosine
            ? product
            : -Math.sqrt(
                Math.max(0, left.squares[i]! + right.squares[j]! - 2 * product),
              );
          // The bank comes in its order, so an equally near one goes behind those that are there.
          if (similarity > similarities[at + count - 1]!) {
            insert(similarities, indices, at, count, similarity, start + j);
          }
        }
      }
    }
    yield query + rows;
  }
  return { count, indices, similarities };
}

/** Puts one in its place in a falling list; the last falls out. */
function insert(
  similarities: Float64Array,
  indices: Int32Array,
  at: number,
  count: number,
  similarity: number,
  index: number,
): void {
  let place = at + count - 1;
  while (place > at && similarities[place - 1]! < similarity) {
    similarities[place] = similarities[place - 1]!;
    indices[place] = indices[place - 1]!;
    place -= 1;
  }
  similarities[place] = similarity;
  indices[place] = index;
}

/** Some rows in float64 and their squared norms. */
interface Block {
  /** float64 `[rows, whole]`; zeros beyond the width. */
  readonly rows: Float64Array;
  readonly whole: number;
  readonly squares: Float64Array;
}

const blockOf = (rows: number, whole: number): Block => ({
  rows: new Float64Array(rows * whole),
  whole,
  squares: new Float64Array(rows),
});

/** Takes some rows, moved to the centre or scaled to length 1. */
function fill(
  { rows: out, whole, squares }: Block,
  data: Float32Array,
  start: number,
  rows: number,
  center: Float64Array,
  normalize: boolean,
): void {
  const width = center.length;
  for (let i = 0; i < rows; i++) {
    const from = (start + i) * width;
    const to = i * whole;
    let square = 0;
    for (let j = 0; j < width; j++) {
      const value = data[from + j]! - center[j]!;
      out[to + j] = value;
      square += value * value;
    }
    squares[i] = square;
    if (!normalize) continue;
    const scale = 1 / Math.sqrt(Math.max(square, SQUARED_NORM_FLOOR));
    for (let j = 0; j < width; j++) out[to + j]! *= scale;
  }
}

/** Rows in the order of panels. */
function toPanelRows(
  rows: Float64Array,
  { rows: count, columns, data }: PanelMatrix,
): void {
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < columns; j += 8) {
      const to = ((j >> 3) * count + i) * 8;
      for (let k = 0; k < 8; k++) data[to + k] = rows[i * columns + j + k]!;
    }
  }
}

function meanOf({ data, shape }: NdArrayOf<'float32'>): Float64Array {
  const [rows = 0, width = 0] = shape;
  const mean = new Float64Array(width);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < width; j++) mean[j]! += data[i * width + j]!;
  return mean.map((sum) => sum / rows);
}
