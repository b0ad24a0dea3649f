import { resolve } from 'node:path';
import { openStore } from '../cache/open-store.ts';
import { visible } from '../util/visible.ts';
import { changePin } from '../engine/change-pin.ts';
import { plural } from '../terminal/format.ts';
import { EXIT } from './exit-codes.ts';
import { openNodes } from './open-file.ts';
import type { FileOptions } from './options.ts';
import { cacheFolder } from './project-folder.ts';
import { reportInvalid } from './report-invalid.ts';
import { sayWaiting } from './say-waiting.ts';

/** Nodes without a result that people are shown. */
const SHOWN = 20;

/** `pipeline cache pin FILE [NODE…]` and `unpin`: what is pinned stays, whatever a prune removes. */
export async function pinNodes(
  file: string,
  patterns: readonly string[],
  options: FileOptions,
  isPinned: boolean,
): Promise<number> {
  const opened = openNodes(file, patterns, options);
  if (!opened.ok) return reportInvalid(opened.error, options);
  const { plan, registry, nodes } = opened.value;
  const folder = cacheFolder(file, options.cache, process.env);
  await using store = await openStore({
    folder,
    readOnly: false,
    waits: sayWaiting,
  });
  const { changed, pinned, missing } = await changePin({
    ...{ plan, registry, store, nodes, isPinned },
    source: {
      pipeline: plan.name,
      file: resolve(file),
      profiles: options.profile ?? [],
      sets: options.set ?? [],
    },
  });
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ changed, pinned, missing })}\n`);
  } else {
    const what = isPinned ? 'pinned' : 'let go';
    process.stdout.write(
      `${plural(changed, 'result')} ${what}; ${plural(pinned, 'result')} of ${visible(file)} pinned now.\n`,
    );
    for (const node of missing.slice(0, SHOWN)) {
      process.stderr.write(
        `${visible(node)} has not been computed yet: there is nothing to pin.\n`,
      );
    }
    if (missing.length > SHOWN) {
      process.stderr.write(`… ${missing.length - SHOWN} more\n`);
    }
  }
  return isPinned && missing.length > 0 ? EXIT.failed : EXIT.done;
}
