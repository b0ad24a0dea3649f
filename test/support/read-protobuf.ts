/** A field of a message as its bytes say: the number, and a number or bytes. */
export interface Field {
  readonly field: number;
  readonly value: bigint | Uint8Array;
}

/** Reads a Protocol Buffers message by the format's definition alone, as a second opinion on what was written. */
export function readFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('the message ends too early');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error('a field is too long');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const field = tag >> 3;
    switch (tag & 7) {
      case 0:
        fields.push({ field, value: varint() });
        break;
      case 1:
        fields.push({ field, value: take(8) });
        break;
      case 2:
        fields.push({ field, value: take(Number(varint())) });
        break;
      case 5:
        fields.push({ field, value: take(4) });
        break;
      default:
        throw new Error(`wire type ${tag & 7} is not used`);
    }
  }
  return fields;
}

/** Values of all fields of a number that hold bytes. */
export const bytesOf = (bytes: Uint8Array, field: number): Uint8Array[] =>
  readFields(bytes).flatMap((one) =>
    one.field === field && typeof one.value !== 'bigint' ? [one.value] : [],
  );

/** Values of all fields of a number that hold text. */
export const textsOf = (bytes: Uint8Array, field: number): string[] =>
  bytesOf(bytes, field).map((text) => Buffer.from(text).toString());

/** Values of all fields of a number that hold a number. */
export const numbersOf = (bytes: Uint8Array, field: number): number[] =>
  readFields(bytes).flatMap((one) =>
    one.field === field && typeof one.value === 'bigint'
      ? [Number(BigInt.asIntN(64, one.value))]
      : [],
  );
