import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_FILE } from '../cache/inspect-database.ts';
import { packBytesOf } from '../cache/pack-files.ts';
import { openStore } from '../cache/open-store.ts';
import { visible } from '../util/visible.ts';
import {
  listCache,
  type CacheListing,
  type CacheSums,
} from '../engine/list-cache.ts';
import { formatCount, formatDuration, plural } from '../terminal/format.ts';
import { EXIT } from './exit-codes.ts';
import type { CacheOptions } from './options.ts';
import { ownCacheFolder } from './project-folder.ts';
import { formatAge, formatBytes } from '../util/quantities.ts';
import { textTable } from './text-table.ts';
import { sayWaiting } from './say-waiting.ts';

/** Sizes on the disk of the database, and of the files beside it; 0 where there is none. */
export const sizesOf = (folder: string) => ({
  database:
    statSync(join(folder, DATABASE_FILE), { throwIfNoEntry: false })?.size ?? 0,
  packs: packBytesOf(folder),
});

/** Size on the disk of both. */
export function fileBytesOf(folder: string): number {
  const { database, packs } = sizesOf(folder);
  return database + packs;
}

const HEADING = [
  ...['pipeline', 'kind', 'records', 'arrays', 'stored', 'age'],
  'time to compute',
];

/** `3 h – 12 d`: from the youngest to the oldest. */
function ageText({ oldest, newest }: CacheSums, now: number): string {
  if (oldest === null || newest === null) return '';
  const [from, to] = [newest, oldest].map((time) =>
    formatAge(now - Date.parse(time)),
  );
  return from === to ? String(from) : `${from ?? ''} – ${to ?? ''}`;
}

const sumCells = (sums: CacheSums, now: number): readonly string[] => [
  formatCount(sums.records),
  formatBytes(sums.arrayBytes),
  formatBytes(sums.storedBytes),
  ageText(sums, now),
  formatDuration(sums.seconds),
];

function listingText(
  listing: CacheListing,
  place: { readonly folder: string; readonly fileBytes: number },
  now: number,
): string {
  const rows = listing.groups.map((group) => [
    visible(group.pipeline),
    visible(group.kind),
    ...sumCells(group, now),
  ]);
  const total = ['all', '', ...sumCells(listing, now)];
  const notes = [
    ...listing.pins.map(
      ({ file, profiles, sets, records }) =>
        `${plural(records, 'result')} pinned by ${visible([file, ...profiles.map((name) => `--profile ${name}`), ...sets.map((set) => `--set ${set}`)].join(' '))}.\n`,
    ),
    ...(listing.checkpoints > 0
      ? [
          `${plural(listing.checkpoints, 'checkpoint')}, from which unfinished nodes and longer trainings go on.\n`,
        ]
      : []),
    ...(listing.unreadable > 0
      ? [
          `${plural(listing.unreadable, 'value')} can't be read; pipeline cache verify says which.\n`,
        ]
      : []),
  ];
  return [
    `${visible(place.folder)}: ${plural(listing.records, 'record')}, ${formatBytes(place.fileBytes)} on the disk\n`,
    ...(rows.length > 0 ? ['\n', textTable(HEADING, [...rows, total], 2)] : []),
    ...(notes.length > 0 ? ['\n', ...notes] : []),
  ].join('');
}

/** `pipeline cache ls`: what the cache holds, by pipeline and kind. Changes nothing. */
export async function listCacheFolder(options: CacheOptions): Promise<number> {
  const folder = ownCacheFolder(options.cache, process.env);
  await using store = await openStore({
    folder,
    readOnly: true,
    waits: sayWaiting,
  });
  const listing = await listCache(store);
  const fileBytes = fileBytesOf(folder);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ cache: folder, fileBytes, ...listing })}\n`
      : listingText(listing, { folder, fileBytes }, Date.now()),
  );
  return EXIT.done;
}
