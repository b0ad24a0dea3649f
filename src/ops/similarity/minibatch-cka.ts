import { dot, rowsTimesRows } from '../products.ts';
import { packedLength, type HsicEstimator } from './centred-gram.ts';
import type { GramSource } from './gram-source.ts';

/** How similarities are computed. */
export interface CkaOptions {
  /** Examples of a batch, at least 4. */
  readonly batch: number;
  readonly batches: number;
  readonly estimator: HsicEstimator;
  /** Bytes of centred Gram matrices that are held at a time; more passes over the layers where they don't suffice. */
  readonly memoryBytes?: number;
}

/** Sums over batches of ⟨G, G'⟩ of centred Gram matrices, up to a factor of each layer. */
export interface CkaSums {
  /** float64 `[left layers, right layers]` */
  readonly cross: Float64Array;
  readonly left: OwnSums;
  readonly right: OwnSums;
}

/** Sums of layers with themselves. */
export interface OwnSums {
  /** float64 `[layers]` */
  readonly own: Float64Array;
  /** A layer's own sum up to here is the rounding of products: its examples are all equal, or all but one. */
  readonly rounding: Float64Array;
}

const MEMORY_BYTES = 256 * 2 ** 20;

/**
 * Sums for CKA of every left layer with every right layer, over minibatches in order.
 *
 *     CKA(X, Y) = mean of HSIC(X, Y)  /  sqrt( mean of HSIC(X, X) · mean of HSIC(Y, Y) )      means over batches
 *
 * HSIC of a batch is an inner product of centred Gram matrices (`packCentred`), so each Gram matrix is made and centred once,
 * whatever the number of pairs; the ratio is taken last (`ckaMatrix`), never batch by batch.
 *
 * @yields the number of layers done, of `passes · (left + right)`, after each, so that the caller may pause.
 *
 * Source: Nguyen, Raghu and Kornblith 2021, arXiv:2010.15327, equations 2 to 4.
 */
export function* minibatchCka(
  left: readonly GramSource[],
  right: readonly GramSource[],
  options: CkaOptions,
): Generator<
  { readonly done: number; readonly total: number },
  CkaSums,
  undefined
> {
  const { batch, batches, estimator, memoryBytes = MEMORY_BYTES } = options;
  const layers = left.length + right.length;
  const length = packedLength(batch, estimator);
  const batchBytes = layers * length * Float64Array.BYTES_PER_ELEMENT;
  const batchesAPass = Math.max(
    1,
    Math.min(batches, Math.floor(memoryBytes / batchBytes)),
  );
  const total = Math.ceil(batches / batchesAPass) * layers;
  const sums: CkaSums = {
    cross: new Float64Array(left.length * right.length),
    left: ownSums(left.length),
    right: ownSums(right.length),
  };
  let done = 0;
  for (let first = 0; first < batches; first += batchesAPass) {
    const count = Math.min(batchesAPass, batches - first);
    // Batch -> packed Gram matrices, [layers, length].
    const grams = (side: readonly GramSource[]) =>
      Array.from(
        { length: count },
        () => new Float64Array(side.length * length),
      );
    const packed = { left: grams(left), right: grams(right) };
    for (const side of ['left', 'right'] as const) {
      const sources = side === 'left' ? left : right;
      for (const [layer, source] of sources.entries()) {
        const outs = packed[side].map((all) =>
          all.subarray(layer * length, (layer + 1) * length),
        );
        for (const rounding of source.read(first, outs))
          sums[side].rounding[layer]! += rounding;
        for (const own of outs) sums[side].own[layer]! += dot(own, own);
        done += 1;
        yield { done, total };
      }
    }
    const products = new Float64Array(sums.cross.length);
    for (const [number, rows] of packed.left.entries()) {
      const columns = packed.right[number]!;
      rowsTimesRows(rows, columns, products, left.length, length, right.length);
      products.forEach((value, i) => {
        sums.cross[i]! += value;
      });
    }
  }
  return sums;
}

const ownSums = (layers: number): OwnSums => ({
  own: new Float64Array(layers),
  rounding: new Float64Array(layers),
});

/**
 * The ratio of the sums: CKA, float64 `[left layers, right layers]`. It means nothing in the row or column of a layer whose
 * own sum is not above its rounding. The unbiased estimate may be slightly negative, or above 1.
 */
export const ckaMatrix = ({ cross, left, right }: CkaSums): Float64Array =>
  cross.map((value, at) => {
    const columns = right.own.length;
    const own = left.own[Math.floor(at / columns)]!;
    const other = right.own[at % columns]!;
    // Two roots: the product of two sums of squares may leave the range.
    return value / (Math.sqrt(own) * Math.sqrt(other));
  });
