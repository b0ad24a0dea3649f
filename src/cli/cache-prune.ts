import { CacheError } from '../cache/cache-error.ts';
import { openAlone } from '../cache/open-alone.ts';
import { openStore } from '../cache/open-store.ts';
import { visible } from '../util/visible.ts';
import { planPrune, type PrunePlan } from '../engine/plan-prune.ts';
import { formatCount, formatDuration, plural } from '../terminal/format.ts';
import { fileBytesOf, sizesOf } from './cache-ls.ts';
import { EXIT } from './exit-codes.ts';
import type { PruneCommandOptions } from './options.ts';
import { ownCacheFolder } from './project-folder.ts';
import { formatBytes } from '../util/quantities.ts';
import { textTable } from './text-table.ts';
import { sayWaiting } from './say-waiting.ts';

/** Room in the database that no value takes; less isn't worth a copy of the whole. */
const WORTH_A_COPY = 0.1;
const WORTH_A_COPY_BYTES = 1 << 20;

/** Whether anything would change in the database. */
const removesSomething = ({ removal }: PrunePlan): boolean =>
  Object.values(removal).some(
    (one: readonly unknown[] | ReadonlyMap<unknown, unknown>) =>
      ('size' in one ? one.size : one.length) > 0,
  );

/** Whether the database, or the files beside it, can become much smaller. */
function isWorthACopy({ keptBytes }: PrunePlan, folder: string): boolean {
  const { database, packs } = sizesOf(folder);
  const spared =
    Math.max(0, keptBytes - packs) * WORTH_A_COPY + WORTH_A_COPY_BYTES;
  return database + packs > keptBytes + spared;
}

function removedText({ removal, freedBytes }: PrunePlan): string {
  const others = [
    [removal.chunks.length, 'chunk'],
    [removal.checkpoints.length, 'checkpoint'],
  ] as const;
  const along = others
    .filter(([count]) => count > 0)
    .map(([count, noun]) => `, ${plural(count, noun)}`)
    .join('');
  return `${plural(removal.records.length, 'record')}${along}, about ${formatBytes(freedBytes)}`;
}

function planText(folder: string, plan: PrunePlan, fileBytes: number): string {
  const { kept } = plan;
  const rows = plan.groups.map(({ pipeline, kind, records, seconds }) => [
    visible(pipeline),
    visible(kind),
    formatCount(records),
    formatDuration(seconds),
  ]);
  const heading = ['pipeline', 'kind', 'records', 'time to compute'];
  return [
    `${visible(folder)}: ${formatBytes(fileBytes)} on the disk\n`,
    ...(rows.length > 0 ? ['\n', textTable(heading, rows, 2)] : []),
    `\nTo remove: ${removedText(plan)}.\n`,
    ...(plan.referred > 0
      ? [
          `Last runs refer to ${formatCount(plan.referred)} of these: the next ones compute them again.\n`,
        ]
      : []),
    `To keep: ${plural(kept.records, 'record')}${plan.pinned > 0 ? `, ${formatCount(plan.pinned)} of them pinned` : ''}, about ${formatBytes(plan.keptBytes)}.\n`,
  ].join('');
}

/** What a program sees of it. */
const planAsJson = (folder: string, plan: PrunePlan, fileBytes: number) => ({
  cache: folder,
  remove: {
    records: plan.removal.records.length,
    manifests: plan.removal.manifests.length,
    chunks: plan.removal.chunks.length,
    checkpoints: plan.removal.checkpoints.length,
    bytes: plan.freedBytes,
    groups: plan.groups,
  },
  keep: { ...plan.kept, pinned: plan.pinned, bytes: plan.keptBytes },
  fileBytes,
});

/** What was done. */
interface Done {
  readonly pruned: boolean;
  readonly fileBytesAfter: number;
  /** Why the room was not given back to the file system; null where it was, or where there was none. */
  readonly notCompacted: string | null;
}

/**
 * Removes what goes. The plan is made anew once nobody else can write: the one that was shown is of another moment.
 * Other programs that have the cache open are waited for.
 *
 * @throws CacheError if the cache can't be used.
 */
async function pruneAlone(
  folder: string,
  maxBytes: number,
  makePlan: (store: Parameters<typeof planPrune>[0]) => Promise<PrunePlan>,
): Promise<{ readonly plan: PrunePlan } & Done> {
  await using cache = await openAlone({ folder, waits: sayWaiting });
  const plan = await makePlan(cache.store);
  const pruned = removesSomething(plan);
  if (pruned) await cache.store.remove(plan.removal);
  const isTooLarge = fileBytesOf(folder) > maxBytes;
  const notCompacted =
    isTooLarge || isWorthACopy(plan, folder) ? await cache.compact() : null;
  return { plan, pruned, fileBytesAfter: fileBytesOf(folder), notCompacted };
}

/** `pipeline cache prune`: says what can go, and with `--yes` removes it. */
export async function pruneCacheFolder(
  options: PruneCommandOptions,
): Promise<number> {
  const folder = ownCacheFolder(options.cache, process.env);
  const now = Date.now();
  const makePlan = async (
    store: Parameters<typeof planPrune>[0],
  ): Promise<PrunePlan> => {
    const plan = await planPrune(store, {
      now,
      olderThanMs: options.olderThan,
      maxBytes: options.maxSize,
      runsOlderThanMs: options.runsOlderThan,
    });
    if (plan.foreign > 0) {
      throw new CacheError(
        folder,
        `holds ${plural(plan.foreign, 'value')} that a newer program wrote, and what ${plan.foreign === 1 ? 'it refers' : 'they refer'} to is not known`,
        'Prune it with that program; nothing was changed.',
      );
    }
    return plan;
  };
  const fileBytes = fileBytesOf(folder);
  const shown = await (async () => {
    await using store = await openStore({
      folder,
      readOnly: true,
      waits: sayWaiting,
    });
    return await makePlan(store);
  })();
  const isJson = options.json === true;
  if (!isJson) process.stdout.write(planText(folder, shown, fileBytes));
  const isNothing = !removesSomething(shown) && !isWorthACopy(shown, folder);
  if (options.yes !== true || options.dryRun === true || isNothing) {
    process.stdout.write(
      isJson
        ? `${JSON.stringify({ ...planAsJson(folder, shown, fileBytes), pruned: false })}\n`
        : isNothing
          ? 'There is nothing to do.\n'
          : 'Nothing was changed; --yes does it.\n',
    );
    return EXIT.done;
  }
  const { plan, ...done } = await pruneAlone(
    folder,
    options.maxSize ?? Infinity,
    makePlan,
  );
  if (isJson) {
    process.stdout.write(
      `${JSON.stringify({ ...planAsJson(folder, plan, fileBytes), ...done })}\n`,
    );
  } else {
    process.stdout.write(
      `${removedText(shown) === removedText(plan) ? '' : `Others have changed the cache meanwhile. Removed: ${removedText(plan)}.\n`}Done: ${formatBytes(fileBytes)} before, ${formatBytes(done.fileBytesAfter)} after.\n`,
    );
  }
  if (done.notCompacted !== null) {
    process.stderr.write(
      `The room could not be given back to the file system: ${done.notCompacted}. What is stored next takes it; prune again to try once more.\n`,
    );
  }
  return EXIT.done;
}
