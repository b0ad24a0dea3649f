import { open, type RootDatabase } from 'lmdb';
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
    const bytes = database.getBinary(key);
    if (bytes === undefined) throw new Error(`nothing under ${name}`);
    const changed = change(bytes);
    if (changed === undefined) database.removeSync(key);
    else database.putSync(key, Buffer.from(changed));
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
