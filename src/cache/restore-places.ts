import { LmdbPlaces, valuesOf, type Bytes } from './lmdb-places.ts';
import { PackFiles } from './pack-files.ts';

/**
 * Finds the values of files whose places a repaired database has lost, by what stands at the end of each file. A place of an
 * older snapshot, whose file has gone since, gives way too. What was removed and whose file is there nevertheless is found
 * again: nothing refers to it, and a prune removes it.
 *
 * Called in a transaction.
 *
 * @param folder of the cache.
 * @returns how many values have a place that had none.
 */
export function restorePlaces(
  folder: string,
  tables: { readonly places: Bytes; readonly packs: Bytes },
): number {
  const places = new LmdbPlaces(tables);
  const files = new PackFiles(folder);
  let restored = 0;
  for (const id of files.names()) {
    const index = files.index(id);
    if (index === null) continue;
    const { said, size } = index;
    const values = valuesOf(said, id);
    places.enter({ id, size, values }, (_, known) => {
      if (known?.pack === id) return true;
      if (known !== undefined && files.has(known)) return false;
      restored++;
      return true;
    });
  }
  // Files with nothing in them that lies there go as strays.
  places.settle();
  files.forget();
  return restored;
}
