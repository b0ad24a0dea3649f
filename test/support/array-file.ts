import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArrayFile } from '../../src/artifact/array-files/array-file.ts';
import type { StoredArray } from '../../src/artifact/array-files/stored-array.ts';

/** What an array has: texts or numbers, row-major. */
export function contentOf(
  array: StoredArray,
  rows: readonly number[] = Array.from({ length: array.rows }, (_, i) => i),
): (string | number)[] {
  return array.type.kind === 'text'
    ? array.texts()
    : [...array.numbers(Int32Array.from(rows))].flatMap((block) => [...block]);
}

/** Writes bytes to a file, opens it, and reads every array: name -> shape and elements. */
export async function readArrays(
  folder: string,
  bytes: Uint8Array,
): Promise<
  Record<
    string,
    { readonly shape: readonly number[]; readonly content: unknown[] }
  >
> {
  const path = join(folder, 'file');
  writeFileSync(path, bytes);
  using file = ArrayFile.open(path, {
    scratch: join(folder, 'scratch'),
    signal: new AbortController().signal,
  });
  const read: Awaited<ReturnType<typeof readArrays>> = {};
  for (const name of file.isSingle ? ['it'] : file.names) {
    const array = await file.array(name);
    read[name] = { shape: array.shape, content: contentOf(array) };
  }
  return read;
}
