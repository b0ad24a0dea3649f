/** An IDX file of unsigned bytes. */
export function idxBytes(
  shape: readonly number[],
  data: readonly number[] | Uint8Array,
  elementType = 0x08,
): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint8(2, elementType);
  header.setUint8(3, shape.length);
  shape.forEach((length, axis) => {
    header.setUint32(4 + 4 * axis, length);
  });
  return Buffer.concat([new Uint8Array(header.buffer), Uint8Array.from(data)]);
}

/** `count` images of rows · columns bytes, all bytes different from those of other images: `start + index`. */
export const plainImages = (
  count: number,
  rows: number,
  columns: number,
  start = 0,
): Uint8Array =>
  idxBytes(
    [count, rows, columns],
    Array.from(
      { length: count * rows * columns },
      (_, i) => start + Math.floor(i / (rows * columns)),
    ),
  );
