import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import {
  indexCache,
  type CacheIndex,
  type RecordFacts,
} from './cache-index.ts';

import { readRoots, type RunSource } from './roots.ts';

/** Sums over records. */
export interface CacheSums {
  readonly records: number;
  /** Bytes of all arrays, as the nodes yielded them. */
  readonly arrayBytes: number;
  /** Bytes of their chunks, equal ones counted once. */
  readonly storedBytes: number;
  /** What it took to compute them. */
  readonly seconds: number;
  /** When the first and the last of them was computed: ISO 8601, UTC; null where there are none. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** The records of one kind that one pipeline computed. */
export interface CacheGroup extends CacheSums {
  readonly pipeline: string;
  readonly kind: string;
}

/** What a cache holds. */
export interface CacheListing extends CacheSums {
  /** By pipeline and kind, each in ascending order. Chunks that several groups share count in each of them. */
  readonly groups: readonly CacheGroup[];
  /** States of nodes that aren't finished. */
  readonly checkpoints: number;
  /** Records and manifests that can't be read. */
  readonly unreadable: number;
  /** Pipelines with results that are pinned, by file. */
  readonly pins: readonly (RunSource & {
    readonly at: string;
    /** Results that it keeps, as far as they are there. */
    readonly records: number;
  })[];
}

/** Says what a cache holds, by pipeline and kind. Reads no array. */
export async function listCache(store: Store): Promise<CacheListing> {
  const index = await indexCache(store);
  const groups = new Map<string, RecordFacts[]>();
  for (const record of index.records.values()) {
    const name = JSON.stringify([record.pipeline, record.kind]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [record]);
    else group.push(record);
  }
  return {
    ...sumsOf([...index.records.values()], index),
    groups: [...groups]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, records]) => {
        const [pipeline, kind] = JSON.parse(name) as [string, string];
        return { pipeline, kind, ...sumsOf(records, index) };
      }),
    checkpoints: store.digests('checkpoints').length,
    unreadable: index.damaged + index.foreign,
    pins: [...readRoots(store).values()].flatMap(({ type, keys, ...pin }) =>
      type === 'pin'
        ? [
            {
              ...pin,
              records: keys.filter((key) => index.records.has(key)).length,
            },
          ]
        : [],
    ),
  };
}

function sumsOf(
  records: readonly RecordFacts[],
  { contents }: CacheIndex,
): CacheSums {
  const chunks = new Map<Digest, number>();
  for (const { content } of records) {
    for (const [chunk, length] of contents.get(content) ?? []) {
      chunks.set(chunk, length);
    }
  }
  const times = records.map(({ finishedAt }) => finishedAt).sort();
  return {
    records: records.length,
    arrayBytes: sum(records.map(({ sizeBytes }) => sizeBytes)),
    storedBytes: sum([...chunks.values()]),
    seconds: sum(records.map(({ seconds }) => seconds)),
    oldest: times[0] ?? null,
    newest: times.at(-1) ?? null,
  };
}

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);
