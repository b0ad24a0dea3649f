import type { Removal, Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { encodePointer, readPointer, type Pointer } from '../worker/record.ts';
import {
  indexCache,
  type CacheIndex,
  type RecordFacts,
} from './cache-index.ts';
import { readRoots } from './roots.ts';
import { StoredValues } from './stored-values.ts';

/** What to remove from a cache. */
export interface PruneOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Results that no last run refers to stay while they are younger. */
  readonly olderThanMs?: number | undefined;
  /** What stays takes at most so much on the disk, whatever refers to it. */
  readonly maxBytes?: number | undefined;
  /** Last runs that were longer ago keep nothing any more. */
  readonly runsOlderThanMs?: number | undefined;
}

/** Records of one kind that one pipeline computed, which would go. */
export interface PruneGroup {
  readonly pipeline: string;
  readonly kind: string;
  readonly records: number;
  /** What it took to compute them. */
  readonly seconds: number;
}

/** What pruning would do. */
export interface PrunePlan {
  readonly removal: Removal;
  /** Of the records that go, by pipeline and kind. */
  readonly groups: readonly PruneGroup[];
  /** How many of the records that go a last run refers to: the size bound left no room for them. */
  readonly referred: number;
  /** How many of the records that stay are pinned. */
  readonly pinned: number;
  readonly kept: { readonly records: number; readonly checkpoints: number };
  /** Bytes on the disk of what goes and of what stays, estimated. */
  readonly freedBytes: number;
  readonly keptBytes: number;
  /** Records and manifests in a form that this program doesn't read. What they refer to isn't known. */
  readonly foreign: number;
}

/**
 * Works out what can go: results that no pipeline's last run refers to; then, if what stays is still larger than the bound,
 * the results that save the least time for their size, those without a last run first. Checkpoints of unfinished
 * nodes go last: what they save isn't known. Removes nothing.
 *
 * @throws CacheError if the cache can't be read.
 */
export async function planPrune(
  store: Store,
  options: PruneOptions,
): Promise<PrunePlan> {
  const index = await indexCache(store);
  const pointers = readPointers(store);
  const roots = findRoots(store, options);
  const referred = lastRuns(index, pointers, roots);
  const values = new StoredValues(store, index);
  const oldest = options.now - (options.olderThanMs ?? 0);
  const goes = ([key, record]: [Digest, RecordFacts]): boolean =>
    // A record whose artifact can't be read is as good as none.
    !index.contents.has(record.content) ||
    (!referred.has(key) && Date.parse(record.finishedAt) <= oldest);
  for (const entry of index.records) if (goes(entry)) values.drop(entry[0]);
  const checkpoints = store.digests('checkpoints');
  // What a finished node has left behind goes with its record.
  const droppedCheckpoints = checkpoints.filter(
    (key) => index.records.has(key) && !values.keptRecords.has(key),
  );
  for (const key of droppedCheckpoints) values.dropCheckpoint(key);
  if (options.maxBytes !== undefined) {
    const { maxBytes } = options;
    const dropSome = (keys: readonly Digest[]): void => {
      for (const key of keys) {
        if (values.keptBytes <= maxBytes) break;
        if (droppedCheckpoints.includes(key)) continue;
        values.dropCheckpoint(key);
        droppedCheckpoints.push(key);
      }
    };
    // Whoever goes further can begin anew: that costs time only if anybody ever does.
    dropSome(checkpoints.filter((key) => index.records.has(key)));
    for (const key of cheapestFirst(values, referred)) {
      if (values.keptBytes <= maxBytes) break;
      if (!roots.pinned.has(key)) values.drop(key);
    }
    dropSome(checkpoints);
  }
  const kept = values.keptRecords;
  const gone = [...index.records].filter(([key]) => !kept.has(key));
  return {
    removal: {
      records: store.digests('records').filter((key) => !kept.has(key)),
      manifests: store
        .digests('manifests')
        .filter((content) => !values.keepsContent(content)),
      checkpoints: droppedCheckpoints,
      chunks: store.digests('chunks').filter((one) => !values.keepsChunk(one)),
      roots: roots.over,
      pointers: changedPointers(index, pointers, kept),
    },
    groups: groupsOf(gone.map(([, record]) => record)),
    pinned: [...roots.pinned].filter((key) => kept.has(key)).length,
    referred: gone.filter(([key]) => referred.has(key)).length,
    kept: {
      records: kept.size,
      checkpoints: checkpoints.length - droppedCheckpoints.length,
    },
    freedBytes: values.totalBytes - values.keptBytes,
    keptBytes: values.keptBytes,
    foreign: index.foreign,
  };
}

/** Name -> where it leads; undefined where that can't be read. */
const readPointers = (store: Store): ReadonlyMap<Digest, Pointer | undefined> =>
  new Map(
    store.digests('pointers').map((name) => [name, readPointer(store, name)]),
  );

/** What keeps records. */
interface Roots {
  readonly pinned: ReadonlySet<Digest>;
  /** Records of last runs that count. */
  readonly live: ReadonlySet<Digest>;
  /** Records of last runs that are too long ago. */
  readonly expired: ReadonlySet<Digest>;
  /** Names of those runs. */
  readonly over: readonly Digest[];
}

function findRoots(
  store: Store,
  { now, runsOlderThanMs = Infinity }: PruneOptions,
): Roots {
  const pinned = new Set<Digest>();
  const live = new Set<Digest>();
  const expired = new Set<Digest>();
  const over: Digest[] = [];
  for (const [name, { type, at, keys }] of readRoots(store)) {
    const isOver = type === 'run' && now - Date.parse(at) > runsOlderThanMs;
    if (isOver) over.push(name);
    const kept = type === 'pin' ? pinned : isOver ? expired : live;
    for (const key of keys) kept.add(key);
  }
  return { pinned, live, expired, over };
}

/**
 * The records that a last run of a pipeline refers to, or a pin. Beside what runs say that came to their end, the last run
 * of each node counts: it is known from the moment when the node is done. A record's settings and its course have pointers
 * too, under their own digests: all others are names of nodes in pipelines.
 */
function lastRuns(
  { records }: CacheIndex,
  pointers: ReadonlyMap<Digest, Pointer | undefined>,
  { pinned, live, expired }: Roots,
): ReadonlySet<Digest> {
  const referred = new Set<Digest>([...pinned, ...live]);
  for (const [name, pointer] of pointers) {
    if (pointer === undefined || expired.has(pointer.key)) continue;
    const record = records.get(pointer.key);
    if (
      record !== undefined &&
      record.settings !== name &&
      record.course !== name
    ) {
      referred.add(pointer.key);
    }
  }
  return referred;
}

/** Records by the time that they save for each byte, those that no last run refers to first. */
function cheapestFirst(
  values: StoredValues,
  referred: ReadonlySet<Digest>,
): readonly Digest[] {
  return [...values.keptRecords]
    .map(([key, { seconds }]) => ({
      key,
      isReferred: referred.has(key) ? 1 : 0,
      worth: seconds / values.shareOf(key),
    }))
    .sort(
      (left, right) =>
        left.isReferred - right.isReferred ||
        left.worth - right.worth ||
        (left.key < right.key ? -1 : 1),
    )
    .map(({ key }) => key);
}

/**
 * Pointers that change when records go. The settings of one that goes lead to another one with the same settings, if one
 * stays; other pointers keep what they know, marked.
 */
function changedPointers(
  { records }: CacheIndex,
  pointers: ReadonlyMap<Digest, Pointer | undefined>,
  kept: ReadonlyMap<Digest, RecordFacts>,
): ReadonlyMap<Digest, Uint8Array | null> {
  const heirs = new Map<Digest, [Digest, RecordFacts]>();
  for (const [key, record] of kept) {
    const other = heirs.get(record.settings);
    if (other === undefined || other[1].finishedAt < record.finishedAt) {
      heirs.set(record.settings, [key, record]);
    }
  }
  const changed = new Map<Digest, Uint8Array | null>();
  for (const [name, pointer] of pointers) {
    if (pointer === undefined) {
      changed.set(name, null);
      continue;
    }
    if (kept.has(pointer.key) || pointer.pruned === true) continue;
    const heir =
      records.get(pointer.key)?.settings === name ? heirs.get(name) : undefined;
    changed.set(
      name,
      encodePointer(
        heir === undefined
          ? { ...pointer, pruned: true }
          : { key: heir[0], seconds: heir[1].seconds },
      ),
    );
  }
  return changed;
}

function groupsOf(records: readonly RecordFacts[]): readonly PruneGroup[] {
  const groups = new Map<string, PruneGroup>();
  for (const { pipeline, kind, seconds } of records) {
    const name = JSON.stringify([pipeline, kind]);
    const group = groups.get(name);
    groups.set(name, {
      pipeline,
      kind,
      records: (group?.records ?? 0) + 1,
      seconds: (group?.seconds ?? 0) + seconds,
    });
  }
  return [...groups].sort().map(([, group]) => group);
}
