/** An image in host memory, channels last. Operations take one and leave it as it was. */
export interface Picture {
  /** uint8 `[rows, columns, channels]`. */
  readonly pixels: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
}

/** A picture of the same shape. */
export const pictureLike = (picture: Picture, pixels: Uint8Array): Picture => ({
  ...picture,
  pixels,
});
