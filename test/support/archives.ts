import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

/** A file of an archive: its path, what is in it, whether it may be run. */
export interface ArchiveFile {
  readonly path: string;
  readonly content: string;
  readonly isExecutable?: boolean;
}

/** Little-endian numbers of two (`h`) or four (`i`) bytes. */
function pack(form: string, ...values: readonly number[]): Buffer {
  return Buffer.concat(
    values.map((value, index) => {
      const bytes = Buffer.alloc(form[index] === 'h' ? 2 : 4);
      if (form[index] === 'h') bytes.writeUInt16LE(value);
      else bytes.writeUInt32LE(value);
      return bytes;
    }),
  );
}

/** A zip archive, as wheels are: entries, then the central directory. */
export function makeZip(files: readonly ArchiveFile[]): Buffer {
  const entries: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, content, isExecutable } of files) {
    const name = Buffer.from(path);
    const plain = Buffer.from(content);
    const packed = deflateRawSync(plain);
    // Flags, method 8, time, date, sum, both sizes, length of the name, no extra field.
    const facts = pack(
      'hhhhiiihh',
      ...[0, 8, 0, 0x21, crc32(plain), packed.length, plain.length],
      ...[name.length, 0],
    );
    const entry = Buffer.concat([
      pack('ih', 0x04034b50, 20),
      ...[facts, name, packed],
    ]);
    const mode = isExecutable === true ? 0o100755 : 0o100644;
    directory.push(
      pack('ihh', 0x02014b50, 0x0314, 20),
      facts,
      pack('hhhii', 0, 0, 0, mode * 0x10000, offset),
      name,
    );
    entries.push(entry);
    offset += entry.length;
  }
  const central = Buffer.concat(directory);
  const { length } = files;
  return Buffer.concat([
    ...entries,
    central,
    pack(
      'ihhhhiih',
      ...[0x06054b50, 0, 0, length, length, central.length, offset, 0],
    ),
  ]);
}

const octal = (value: number, width: number): string =>
  `${value.toString(8).padStart(width - 1, '0')}\0`;

/** A gzipped tar archive in the form of npm's packages. */
export function makeTarball(files: readonly ArchiveFile[]): Buffer {
  const blocks = files.flatMap(({ path, content }) => {
    const bytes = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write(octal(0o644, 8), 100);
    header.write(octal(bytes.length, 12), 124);
    header.write('        0', 148);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(octal(sum, 7), 148);
    const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
    return [header, bytes, padding];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
