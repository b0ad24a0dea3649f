import type { LayerOps } from '../../tensor/layer-ops.ts';
import type { NdArrayOf } from '../../tensor/nd-array.ts';
import { dot, rowsTimesRows } from '../products.ts';
import {
  centredScale,
  linearGram,
  packCentred,
  packedLength,
  type HsicEstimator,
} from './centred-gram.ts';

/** A layer that is read when its turn comes. */
export interface LayerReader {
  /** float32 `[examples, features]`; the same examples in all layers. */
  read(): NdArrayOf<'float32'>;
}

/** How similarities are computed. */
export interface CkaOptions {
  readonly layers: LayerOps;
  readonly examples: number;
  /** Examples of a batch, 4 ≤ batch ≤ examples; a remainder is dropped. */
  readonly batch: number;
  readonly estimator: HsicEstimator;
  /** Bytes of centred Gram matrices that are held at a time; more passes over the layers where they don't suffice. */
  readonly memoryBytes?: number;
}

/** Sums over batches of ⟨G, G'⟩ of centred Gram matrices, up to one factor that they share. */
export interface CkaSums {
  /** float64 `[left layers, right layers]` */
  readonly cross: Float64Array;
  /** float64 `[left layers]` */
  readonly left: Float64Array;
  /** float64 `[right layers]` */
  readonly right: Float64Array;
  readonly batches: number;
  /** A layer's own sum up to here is the rounding of float32 products: its examples are all equal, or all but one. */
  readonly rounding: number;
}

/** Share of n² below which a sum is rounding; layers are scaled so that a Gram matrix has the trace n. */
const ROUNDING = 1e-10;

const MEMORY_BYTES = 256 * 2 ** 20;

/**
 * Sums for linear CKA of every left layer with every right layer, over minibatches in order.
 *
 *     CKA(X, Y) = mean of HSIC(X, Y)  /  sqrt( mean of HSIC(X, X) · mean of HSIC(Y, Y) )      means over batches
 *
 * HSIC of a batch is an inner product of centred Gram matrices (`packCentred`), so each Gram matrix is made and centred once,
 * whatever the number of pairs; the ratio is taken last (`ckaMatrix`), never batch by batch.
 *
 * Gram matrices are float32 products of the backend; centring and inner products are float64.
 *
 * @yields the number of layers done, of `passes · (left + right)`, after each, so that the caller may pause.
 *
 * Source: Nguyen, Raghu and Kornblith 2021, arXiv:2010.15327, equations 2 to 4.
 */
export async function* minibatchCka(
  left: readonly LayerReader[],
  right: readonly LayerReader[],
  options: CkaOptions,
): AsyncGenerator<{ readonly done: number; readonly total: number }, CkaSums> {
  const { examples, batch, estimator, memoryBytes = MEMORY_BYTES } = options;
  const readers = [...left, ...right];
  const batches = Math.floor(examples / batch);
  const length = packedLength(batch, estimator);
  const batchBytes = readers.length * length * Float64Array.BYTES_PER_ELEMENT;
  const batchesAPass = Math.max(
    1,
    Math.min(batches, Math.floor(memoryBytes / batchBytes)),
  );
  const total = Math.ceil(batches / batchesAPass) * readers.length;
  const sums = {
    cross: new Float64Array(left.length * right.length),
    left: new Float64Array(left.length),
    right: new Float64Array(right.length),
    batches,
    rounding: ROUNDING * batch * batch * batches,
  };
  const scales: number[] = [];
  let done = 0;
  for (let first = 0; first < batches; first += batchesAPass) {
    const count = Math.min(batchesAPass, batches - first);
    // Batch -> packed Gram matrices, [left layers, length] and [right layers, length].
    const grams = Array.from({ length: count }, () => ({
      left: new Float64Array(left.length * length),
      right: new Float64Array(right.length * length),
    }));
    for (const [index, reader] of readers.entries()) {
      const { data, shape } = reader.read();
      const [, width = 0] = shape;
      const scale = (scales[index] ??= centredScale(data, width));
      for (const [number, gram] of grams.entries()) {
        const start = (first + number) * batch;
        const isLeft = index < left.length;
        const at = (isLeft ? index : index - left.length) * length;
        const packed = (isLeft ? gram.left : gram.right).subarray(
          at,
          at + length,
        );
        const product = await linearGram(
          options.layers,
          data,
          width,
          start,
          batch,
          scale,
        );
        packCentred(product, batch, estimator, packed);
      }
      done += 1;
      yield { done, total };
    }
    for (const gram of grams) addProducts(sums, gram, length);
  }
  return sums;
}

function addProducts(
  sums: CkaSums,
  gram: { readonly left: Float64Array; readonly right: Float64Array },
  length: number,
): void {
  const rows = sums.left.length;
  const columns = sums.right.length;
  const products = new Float64Array(rows * columns);
  rowsTimesRows(gram.left, gram.right, products, rows, length, columns);
  products.forEach((value, i) => {
    sums.cross[i]! += value;
  });
  for (const side of ['left', 'right'] as const) {
    for (let layer = 0; layer < sums[side].length; layer++) {
      const own = gram[side].subarray(layer * length, (layer + 1) * length);
      sums[side][layer]! += dot(own, own);
    }
  }
}

/**
 * The ratio of the sums: linear CKA, float64 `[left layers, right layers]`. It means nothing in the row or column of a layer
 * whose own sum is not above `rounding`. The unbiased estimate may be slightly negative, or above 1.
 */
export const ckaMatrix = ({ cross, left, right }: CkaSums): Float64Array =>
  cross.map((value, at) => {
    const own = left[Math.floor(at / right.length)]!;
    const other = right[at % right.length]!;
    return value / Math.sqrt(own * other);
  });
