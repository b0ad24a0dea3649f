import { GramProduct } from '../../tensor/double/gram-product.ts';
import type { NdArrayOf } from '../../tensor/nd-array.ts';
import {
  packCentred,
  packedLength,
  traceOf,
  type HsicEstimator,
} from './centred-gram.ts';
import { toRbf } from './rbf-kernel.ts';

/** Inner products of examples: of the features themselves, or of a Gaussian of their distances. */
export type Kernel =
  | { readonly type: 'linear' }
  | {
      readonly type: 'rbf';
      /** Bandwidth as a share of the median distance of a batch. */
      readonly threshold: number;
    };

/** How Gram matrices are made. */
export interface GramOptions {
  readonly kernel: Kernel;
  readonly estimator: HsicEstimator;
  /** Examples of a batch. */
  readonly batch: number;
}

/** A layer's features, read when its turn comes. */
export interface LayerReader {
  /** float32 `[examples, features]`; the same examples in all layers. */
  read(): NdArrayOf<'float32'>;
}

/** Centred Gram matrices of a layer, one a batch; see `packCentred`. */
export interface GramSource {
  /**
   * Writes the matrices of batches `first … first + outs.length - 1`.
   *
   * @returns of each batch, the sum of products up to which it is rounding; see `CkaSums`.
   */
  read(first: number, outs: readonly Float64Array[]): readonly number[];
}

/** Share of trace² below which an inner product of a matrix with itself is rounding of float32 products. */
export const ROUNDING = 1e-10;

/** A Gaussian kernel has no bandwidth where more than half of the pairs of a batch are equal. */
export class NoBandwidthError extends Error {
  override readonly name = 'NoBandwidthError';
}

/** Makes Gram matrices of features; one for all layers, whose scratch it reuses. */
export class GramMaker {
  readonly #product: GramProduct;
  readonly #options: GramOptions;

  constructor(options: GramOptions) {
    this.#options = options;
    this.#product = new GramProduct(options.batch);
  }

  /** The Gram matrices of a layer, made when they are read. */
  source(reader: LayerReader): GramSource {
    return {
      read: (first, outs) => {
        const { data, shape } = reader.read();
        const [, width = 0] = shape;
        return outs.map((out, number) =>
          this.#make(data, width, first + number, out),
        );
      },
    };
  }

  /** @throws {NoBandwidthError} */
  #make(
    data: Float32Array,
    width: number,
    number: number,
    out: Float64Array,
  ): number {
    const { batch, kernel, estimator } = this.#options;
    const { stride } = this.#product;
    const gram = this.#product.of(data, width, number * batch);
    if (
      kernel.type === 'rbf' &&
      !toRbf(gram, batch, stride, kernel.threshold)
    ) {
      throw new NoBandwidthError();
    }
    const trace = traceOf(gram, batch, stride);
    packCentred(gram, batch, stride, estimator, out);
    return ROUNDING * trace * trace;
  }
}

/**
 * All Gram matrices of a layer, scaled so that the inner product of them with themselves is 1.
 *
 * @returns float32 `[batches, packed length]`; null where nothing is left but rounding: the examples are all equal, or all
 * but one.
 */
export function unitGrams(
  source: GramSource,
  batches: number,
  { batch, estimator }: GramOptions,
): Float32Array | null {
  const length = packedLength(batch, estimator);
  const packed = new Float64Array(batches * length);
  const rounding = source
    .read(
      0,
      Array.from({ length: batches }, (_, i) =>
        packed.subarray(i * length, (i + 1) * length),
      ),
    )
    .reduce((sum, value) => sum + value, 0);
  let squares = 0;
  for (const value of packed) squares += value * value;
  if (!(squares > rounding)) return null;
  const scale = 1 / Math.sqrt(squares);
  return Float32Array.from(packed, (value) => value * scale);
}
