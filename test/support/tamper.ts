import { open, type RootDatabase } from 'lmdb';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../src/fingerprint/digest.ts';

/** Opens a cache as plain LMDB, past all that `cache/` does. */
async function withEnvironment<T>(
  folder: string,
  use: (root: RootDatabase<Buffer, Buffer>) => T,
): Promise<T> {
  const root = open<Buffer, Buffer>({
    path: folder,
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
  });
  try {
    return use(root);
  } finally {
    await root.close();
  }
}

const tableOf = (root: RootDatabase<Buffer, Buffer>, name: string) =>
  root.openDB<Buffer, Buffer>({
    name,
    encoding: 'binary',
    keyEncoding: 'binary',
  });

/** Where a value lies that is in a file: the row of its place, and what that says. */
function placeOf(
  root: RootDatabase<Buffer, Buffer>,
  table: string,
  key: Buffer,
) {
  const tag = { chunks: 'c', checkpoints: 's' }[table];
  if (tag === undefined) return undefined;
  const row = Buffer.concat([Buffer.from(tag), key]);
  const place = tableOf(root, 'places').getBinary(row);
  return (
    place && {
      row,
      pack: place.toString('hex', 0, 16),
      at: Number(place.readBigUInt64LE(16)),
      length: Number(place.readBigUInt64LE(24)),
    }
  );
}

/** Changes one stored value, or removes it where `change` answers undefined. */
export const tamper = (
  folder: string,
  table: string,
  name: Digest,
  change: (bytes: Uint8Array) => Uint8Array | undefined,
): Promise<void> =>
  withEnvironment(folder, (root) => {
    const database = tableOf(root, table);
    const key = Buffer.from(name, 'hex');
    const place = placeOf(root, table, key);
    if (place !== undefined) {
      const path = join(folder, 'packs', place.pack);
      const file = readFileSync(path);
      const end = place.at + place.length;
      const changed = change(file.subarray(place.at, end));
      if (changed === undefined) {
        tableOf(root, 'places').removeSync(place.row);
      } else if (changed.length === place.length) {
        writeFileSync(path, file.fill(changed, place.at, end));
      } else truncateSync(path, place.at + changed.length);
      return;
    }
    const bytes = database.getBinary(key);
    if (bytes === undefined) throw new Error(`nothing under ${name}`);
    const changed = change(bytes);
    if (changed === undefined) database.removeSync(key);
    else database.putSync(key, Buffer.from(changed));
  });

/** Stores a value as LMDB has it, past all that `cache/` does. */
export const putPlainly = (
  folder: string,
  table: string,
  name: Digest,
  bytes: Uint8Array,
): Promise<void> =>
  withEnvironment(folder, (root) => {
    tableOf(root, table).putSync(Buffer.from(name, 'hex'), Buffer.from(bytes));
  });

/** The digests under which a table has something. */
export const digestsIn = (
  folder: string,
  table: string,
): Promise<readonly Digest[]> =>
  withEnvironment(folder, (root) =>
    [...tableOf(root, table).getKeys()].map(
      (key) => key.toString('hex') as Digest,
    ),
  );
