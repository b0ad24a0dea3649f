import { DoubleMemory } from '../../tensor/double/double-memory.ts';
import { packWeights, toPanels } from '../../tensor/double/panel-matrix.ts';

/** Entries of the matrices that are multiplied at a time. */
const LENGTH = 4096;

/**
 * Inner products of all of some long vectors with all others, in one pass over them.
 *
 *     out[i, j] = Σ_t x_i[t] · x_j[t]
 *
 * Each pair is computed once: `out` is symmetric, exactly.
 *
 * @param vectors of which pieces of at most `LENGTH` numbers are asked for in order, all of one length.
 * @yields the number of entries done, after each piece, so that the caller may pause.
 * @returns float64 `[vectors, vectors]`
 *
 * Source: the definition.
 */
export function* allInnerProducts(
  vectors: readonly ((from: number, to: number) => Iterable<Float32Array>)[],
  length: number,
): Generator<number, Float64Array, undefined> {
  const count = vectors.length;
  const columns = toPanels(Math.min(LENGTH, length));
  const packed = Math.ceil(count / 4) * 4 * columns;
  const memory = new DoubleMemory([count * columns, packed, count * count]);
  const x = memory.panels(count, columns);
  const w = memory.array(packed);
  const products = memory.array(count * count);
  const rows = new Float64Array(count * columns);
  const sums = new Float64Array(count * count);
  for (let from = 0; from < length; from += columns) {
    const to = Math.min(length, from + columns);
    rows.fill(0);
    for (const [i, read] of vectors.entries()) {
      let at = i * columns;
      for (const piece of read(from, to)) {
        rows.set(piece, at);
        at += piece.length;
      }
      for (let j = 0; j < columns; j++)
        x.data[((j >> 3) * count + i) * 8 + (j & 7)] = rows[i * columns + j]!;
    }
    packWeights(rows, count, columns, w);
    memory.multiplyRows(x, w, count, products);
    for (let at = 0; at < sums.length; at++) sums[at]! += products[at]!;
    yield to;
  }
  return sums;
}
