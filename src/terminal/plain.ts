import { tableToText } from '../artifact/table-text.ts';
import type { TableValue } from '../artifact/table.ts';
import type { RunEvent } from '../engine/events.ts';
import type { NodeName } from '../pipeline/plan.ts';
import { formatCount, formatDuration, justify } from './format.ts';
import {
  countsLine,
  elsewhereText,
  headerLine,
  partialLine,
  progressText,
  summaryLine,
} from './lines.ts';
import type { Renderer, Streams } from './renderer.ts';
import { scorecardToText } from './scorecard.ts';
import type { Tracker } from './tracker.ts';

const WIDTH = 80;
/** A log should not fill with progress, nor leave a reader in doubt for longer. */
const PROGRESS_EVERY_MS = 30_000;

/**
 * Plain lines for logs and pipes: one for each node that ran, failed or was skipped, progress of long nodes every half
 * minute. Hits are counted, not listed.
 */
export function plainRenderer(
  { output, messages }: Streams,
  tracker: Tracker,
  now: () => number,
): Renderer {
  let started: Extract<RunEvent, { type: 'run-started' }> | null = null;
  const lastProgress = new Map<NodeName, number>();
  /** Program -> when it was last said that it is waited for: one of its nodes stands for all. */
  const lastWaiting = new Map<string, number>();
  let lastCounts = now();
  const say = (line: string): void => {
    messages.write(`${line.trimEnd()}\n`);
  };
  /** Tables that were hits: they come below the header. */
  let tables: TableValue[] = [];
  /** Nodes of which it was said that they go on from a checkpoint. */
  const resumed = new Set<NodeName>();
  /** What there is of tables that have not ended: shown in their place where they never do. */
  const previews = new Map<NodeName, TableValue>();
  const show = (table: TableValue): void => {
    output.write(`\n${tableToText(table, { width: WIDTH })}\n`);
  };
  /** The header waits for the first thing that is not a hit, so that it can count the hits. */
  const header = (): void => {
    if (started === null) return;
    say(headerLine({ ...started, cached: tracker.counts.hit }));
    started = null;
    tables.forEach(show);
    tables = [];
  };

  const showPreviews = (): void => {
    header();
    for (const [node, table] of previews) {
      say(partialLine(node));
      show(table);
    }
    previews.clear();
  };

  return {
    listen(event) {
      tracker.apply(event);
      switch (event.type) {
        case 'run-started':
          started = event;
          return;
        case 'run-estimated':
          return;
        case 'node-started':
          header();
          lastProgress.set(event.node, now());
          return;
        case 'node-waiting': {
          header();
          const last = lastWaiting.get(event.program.id) ?? -Infinity;
          if (now() - last < PROGRESS_EVERY_MS) return;
          lastWaiting.set(event.program.id, now());
          say(`  … ${elsewhereText(event.node, event.program)}`);
          return;
        }
        case 'node-progress': {
          const { resumedFrom, unit } = event.progress;
          if (resumedFrom !== undefined && !resumed.has(event.node)) {
            resumed.add(event.node);
            const from = `goes on from ${unit} ${formatCount(Math.floor(resumedFrom))}`;
            say(`  … ${justify(event.node, from, WIDTH - 4)}`);
          }
          const last = lastProgress.get(event.node) ?? 0;
          if (now() - last < PROGRESS_EVERY_MS) return;
          lastProgress.set(event.node, now());
          say(
            `  … ${justify(event.node, progressText(event.progress), WIDTH - 4)}`,
          );
          if (now() - lastCounts >= PROGRESS_EVERY_MS) {
            lastCounts = now();
            say(`  ${countsLine(tracker, WIDTH - 2)}`);
          }
          return;
        }
        case 'node-finished':
          lastProgress.delete(event.node);
          if (event.outcome === 'ran') {
            say(
              `  ✔ ${justify(event.node, formatDuration(event.seconds), WIDTH - 4)}`,
            );
          } else if (event.outcome === 'failed') {
            header();
            say(`  ✖ ${event.node}`);
            say(event.failure ?? event.reason);
          } else if (event.outcome === 'skipped') {
            header();
            say(`  - ${event.node}: ${event.reason}`);
          }
          if (event.table !== null) {
            previews.delete(event.node);
            if (started === null) show(event.table);
            else tables.push(event.table);
          }
          return;
        case 'table-preview':
          previews.set(event.node, event.table);
          return;
        case 'warning':
          say(`warning: ${event.message}`);
          return;
        case 'scorecard':
          // Below all tables, also those that never got complete.
          showPreviews();
          output.write(`\n${scorecardToText(event.claims, WIDTH)}\n`);
          return;
        case 'run-finished':
          showPreviews();
          say(summaryLine(event));
          return;
      }
    },
    close: () => undefined,
  };
}
