/** Bytes of UTF-8 as text, without a copy in between. */
export const textOf = ({
  buffer,
  byteOffset,
  byteLength,
}: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString();
