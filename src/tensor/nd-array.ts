/** Element types that artifacts hold; the names are those of TensorFlow.js and NumPy. */
export interface ElementArrays {
  readonly uint8: Uint8Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
}
export type DType = keyof ElementArrays;

/** A dense array in host memory, row-major, little-endian. `data.length` is the product of `shape`. */
export type NdArray = {
  [D in DType]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: ElementArrays[D];
  };
}[DType];

export type NdArrayOf<D extends DType> = Extract<
  NdArray,
  { readonly dtype: D }
>;

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1);

/** Bytes of one element. */
export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = {
  uint8: 1,
  int32: 4,
  float32: 4,
  float64: 8,
};

/**
 * Builds an array after checking that data and shape agree.
 *
 * @throws Error if `data.length` is not the product of `shape`: a bug in the caller.
 */
export function ndArray<D extends DType>(
  dtype: D,
  shape: readonly number[],
  data: ElementArrays[D],
): NdArrayOf<D> {
  if (data.length !== sizeOf(shape)) {
    throw new Error(
      `Internal error: ${data.length} elements do not fill [${shape.join(', ')}]`,
    );
  }
  // The union's members differ in nothing but `dtype` and `data`, which agree by the signature.
  return { dtype, shape, data } as unknown as NdArrayOf<D>;
}
