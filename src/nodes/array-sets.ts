import type { ArrayFile } from '../artifact/array-files/array-file.ts';
import { ArrayFileError } from '../artifact/array-files/array-file-error.ts';
import type { StoredArray } from '../artifact/array-files/stored-array.ts';
import { NodeError } from '../kind/kind.ts';
import { nearestName } from '../util/nearest-name.ts';
import { quoted } from './feature-matrix.ts';
import type { FeaturesParams } from './features-params.ts';

/** Arrays by name, all with the same rows. */
export interface ArraySet {
  /** Split that all rows belong to, or null where something else says it. */
  readonly split: string | null;
  readonly names: readonly string[];
  /** For messages: `"x.npz"`. */
  readonly where: string;
  readonly metadata: Readonly<Record<string, string>>;
  array(name: string): Promise<StoredArray>;
}

/**
 * Opens what a source names, split by split where it has files for each.
 *
 * @param open opens a file, and sees to it that it is closed.
 * @throws {ArrayFileError} if a file can't be used, or belongs to another source.
 */
export function openSets(
  source: FeaturesParams['source'],
  open: (path: string) => ArrayFile,
): readonly ArraySet[] {
  const sorted = <T>(mapping: Readonly<Record<string, T>>) =>
    Object.entries(mapping).sort(([a], [b]) => (a < b ? -1 : 1));
  switch (source.type) {
    case 'archive':
      return [archiveSet(open(source.file), null)];
    case 'archives':
      return sorted(source.files).map(([split, path]) =>
        archiveSet(open(path), split),
      );
    case 'arrays':
      return [arraySet(sorted(source.files), null, open)];
    case 'split-arrays':
      return sorted(source.files).map(([split, files]) =>
        arraySet(sorted(files), split, open),
      );
  }
}

function archiveSet(file: ArrayFile, split: string | null): ArraySet {
  if (file.isSingle) {
    throw new ArrayFileError(
      `"${file.path}" is a .npy file, which holds one array: give such files by the source "arrays" or "split-arrays".`,
    );
  }
  return {
    split,
    names: file.names,
    where: `"${file.path}"`,
    metadata: file.metadata,
    array: (name) => file.array(name),
  };
}

function arraySet(
  paths: readonly (readonly [string, string])[],
  split: string | null,
  open: (path: string) => ArrayFile,
): ArraySet {
  const files = new Map(
    paths.map(([name, path]) => {
      const file = open(path);
      if (!file.isSingle) {
        throw new ArrayFileError(
          `"${path}" is not a .npy file: give it by the source "archive" or "archives".`,
        );
      }
      return [name, file];
    }),
  );
  return {
    split,
    names: [...files.keys()],
    where: `the files of ${split === null ? '"source"' : `split "${split}"`}`,
    metadata: {},
    array: (name) => {
      const file = files.get(name);
      if (file === undefined) throw new Error(`Internal error: no "${name}"`);
      return file.array(name);
    },
  };
}

/** A name that a parameter gives, once it is sure that there is such an array. */
export function knownName(
  parameter: string,
  name: string,
  set: ArraySet,
): string {
  if (set.names.includes(name)) return name;
  const nearest = nearestName(name, set.names);
  throw new NodeError(
    `${parameter}: there is no array "${name}" in ${set.where}, which has ${quoted(set.names)}.${nearest === undefined ? '' : ` Did you mean "${nearest}"?`}`,
  );
}
