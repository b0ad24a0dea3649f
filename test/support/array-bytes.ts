import { crc32, deflateRawSync } from 'node:zlib';

/** A `.npy` file from its parts, right or wrong. */
export function npyBytes(options: {
  readonly descriptor: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
}): Uint8Array {
  const { descriptor, shape, data, fortran = false, version = 1 } = options;
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  return npyOf(
    `{'descr': '${descriptor}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${tuple}), }`,
    data,
    version,
  );
}

/** A `.npy` file with any text as its header. */
export function npyOf(
  header: string,
  data: Uint8Array = new Uint8Array(0),
  version = 1,
): Uint8Array {
  const text = Buffer.from(`${header}\n`, 'latin1');
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]),
    ...[length, text, data],
  ]);
}

/** Elements as bytes, written by a setter of `DataView`. */
export function elementBytes(
  values: readonly number[],
  bytes: number,
  set: (view: DataView, at: number, value: number) => void,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  values.forEach((value, index) => {
    set(view, index * bytes, value);
  });
  return new Uint8Array(view.buffer);
}

/** Little-endian float64. */
export const float64Bytes = (values: readonly number[]): Uint8Array =>
  elementBytes(values, 8, (view, at, value) => {
    view.setFloat64(at, value, true);
  });

/** Little-endian float32. */
export const float32Bytes = (values: readonly number[]): Uint8Array =>
  elementBytes(values, 4, (view, at, value) => {
    view.setFloat32(at, value, true);
  });

/** Little-endian int64. */
export const int64Bytes = (values: readonly number[]): Uint8Array =>
  elementBytes(values, 8, (view, at, value) => {
    view.setBigInt64(at, BigInt(value), true);
  });

/** A zip archive from its members; `wide` puts all sizes and places into 64-bit fields, as archives beyond 4 GiB have them. */
export function zipBytes(
  members: Readonly<Record<string, Uint8Array>>,
  options: {
    readonly deflate?: boolean;
    readonly wide?: boolean;
    readonly comment?: string;
    readonly method?: number;
    readonly flags?: number;
  } = {},
): Buffer {
  const { deflate = false, wide = false, comment = '' } = options;
  const method = options.method ?? (deflate ? 8 : 0);
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(members)) {
    const packed = deflate ? deflateRawSync(bytes) : Buffer.from(bytes);
    const encoded = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(45, 0);
    common.writeUInt16LE(options.flags ?? 0, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(wide ? 0xffffffff : packed.length, 14);
    common.writeUInt32LE(wide ? 0xffffffff : bytes.length, 18);
    common.writeUInt16LE(encoded.length, 22);
    const extra = wide
      ? wideExtra([bytes.length, packed.length, offset])
      : Buffer.alloc(0);
    common.writeUInt16LE(extra.length, 24);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(wide ? 0xffffffff : offset, 10);
    central.push(
      ...[Buffer.from('504b01022d03', 'hex'), common, tail, encoded, extra],
    );
    const header = [Buffer.from('504b0304', 'hex'), common, encoded, extra];
    local.push(...header, packed);
    offset += [...header, packed].reduce((sum, part) => sum + part.length, 0);
  }
  const directory = Buffer.concat(central);
  const count = Object.keys(members).length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(wide ? 0xffff : count, 8);
  end.writeUInt16LE(wide ? 0xffff : count, 10);
  end.writeUInt32LE(wide ? 0xffffffff : directory.length, 12);
  end.writeUInt32LE(wide ? 0xffffffff : offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([
    ...[...local, directory],
    ...(wide ? [wideEnd(count, directory.length, offset)] : []),
    ...[end, Buffer.from(comment)],
  ]);
}

function wideExtra(values: readonly number[]): Buffer {
  // A field of another kind first: readers must pass it over.
  const field = Buffer.from([0x55, 0x54, 1, 0, 7, 1, 0, 24, 0]);
  return Buffer.concat([
    field,
    ...values.map((value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(value));
      return bytes;
    }),
  ]);
}

function wideEnd(count: number, size: number, start: number): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(size), 40);
  end.writeBigUInt64LE(BigInt(start), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(start + size), 64);
  end.writeUInt32LE(1, 72);
  return end;
}

/** A `.safetensors` file from any header and its data. */
export function safetensorsBytes(
  header: unknown,
  data: Uint8Array = new Uint8Array(0),
): Buffer {
  const text = Buffer.from(
    typeof header === 'string' ? header : JSON.stringify(header),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}
