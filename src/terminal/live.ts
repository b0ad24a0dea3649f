import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import { tableToText } from '../artifact/table-text.ts';
import type { TableValue } from '../artifact/table.ts';
import type { RunEvent } from '../engine/events.ts';
import type { NodeName } from '../pipeline/plan.ts';
import {
  countsLine,
  elsewhereText,
  familyLine,
  headerLine,
  partialLine,
  runningLine,
  summaryLine,
} from './lines.ts';
import { truncate } from './format.ts';
import type { Renderer } from './renderer.ts';
import { scorecardToText } from './scorecard.ts';
import type { FamilyState, Tracker } from './tracker.ts';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
/** Past this the lines are hard to follow, whatever the window. */
const MAX_WIDTH = 100;

/** A family is fine only if all of it is there. */
function familyMark({ outcomes }: FamilyState): string {
  if (outcomes.failed > 0) return pc.red('✖');
  return outcomes.skipped > 0 ? pc.yellow('-') : pc.green('✔');
}

/**
 * Redraws the running nodes at the bottom of a terminal; families that are complete, failures and tables scroll away
 * above them.
 */
export function liveRenderer(
  streams: {
    readonly output: NodeJS.WriteStream;
    readonly messages: NodeJS.WriteStream;
  },
  tracker: Tracker,
  now: () => number,
): Renderer {
  const { output, messages } = streams;
  const update = createLogUpdate(messages, { showCursor: true });
  const width = (): number => Math.min(messages.columns || 80, MAX_WIDTH);
  let header: Extract<RunEvent, { type: 'run-started' }> | null = null;
  let headerSaid = false;
  let frame = 0;
  let drawnMs = 0;

  /** What there is of the tables that are not finished. */
  const previews = new Map<NodeName, TableValue>();
  /** The last of them that leaves room for the rest: what a file's tables lead to stands at its end. */
  const previewLines = (room: number): string[] => {
    const fitting = [...previews.values()]
      .map((table) =>
        tableToText(table, { width: width(), color: pc.isColorSupported }),
      )
      .map((text) => ['', ...text.trimEnd().split('\n')])
      .filter((lines) => lines.length <= room);
    return fitting.at(-1) ?? [];
  };
  const draw = (): void => {
    drawnMs = now();
    if (header === null) return;
    const spinner = pc.cyan(SPINNER[frame % SPINNER.length] ?? '');
    const rows = Math.max(3, (messages.rows || 24) - 4);
    const running = tracker.running.slice(0, rows);
    const elsewhere = [...tracker.elsewhere].slice(0, rows - running.length);
    const preview = previewLines(rows - running.length - elsewhere.length);
    update(
      [
        ...(headerSaid ? [] : [pc.bold(headerText(header)), '']),
        ...running.map(
          (node) => `  ${spinner} ${runningLine(node, now(), width() - 4)}`,
        ),
        ...elsewhere.map(
          ([node, program]) =>
            `  ${pc.dim('…')} ${truncate(elsewhereText(node, program), width() - 4)}`,
        ),
        pc.dim(`  ${countsLine(tracker, width() - 2)}`),
        ...preview,
      ].join('\n'),
    );
  };
  const headerText = (facts: Extract<RunEvent, { type: 'run-started' }>) =>
    headerLine({ ...facts, cached: tracker.counts.hit });
  /** Prints above the region that is redrawn. */
  const say = (text: string): void => {
    update.clear();
    if (header !== null && !headerSaid) {
      headerSaid = true;
      messages.write(`${pc.bold(headerText(header))}\n\n`);
    }
    messages.write(`${text}\n`);
  };
  const showPreviews = (): void => {
    for (const [node, table] of previews) {
      say(partialLine(node));
      update.clear();
      output.write(`${tableToText(table, { width: width() })}\n\n`);
    }
    previews.clear();
  };
  const timer = setInterval(() => {
    frame++;
    draw();
  }, FRAME_MS);
  timer.unref();

  return {
    listen(event) {
      tracker.apply(event);
      switch (event.type) {
        case 'run-started':
          header = event;
          break;
        case 'run-estimated':
        case 'node-started':
        case 'node-waiting':
        case 'node-progress':
          break;
        case 'node-finished': {
          const family = tracker.familyOf(event.node);
          const { hit, ran, failed, skipped } = family.outcomes;
          if (event.outcome === 'failed') {
            say(
              `  ${pc.red('✖')} ${event.node}\n${event.failure ?? event.reason}`,
            );
          }
          if (hit + ran + failed + skipped === family.total) {
            const line = familyLine(family, width() - 4);
            if (line !== null) say(`  ${familyMark(family)} ${line}`);
          }
          if (event.table !== null) {
            previews.delete(event.node);
            say('');
            update.clear();
            output.write(`${tableToText(event.table, { width: width() })}\n\n`);
          }
          break;
        }
        case 'table-preview':
          previews.set(event.node, event.table);
          break;
        case 'warning':
          say(`${pc.yellow('warning')}: ${event.message}`);
          break;
        case 'scorecard':
          // Below all tables, also those that never got complete.
          showPreviews();
          update.clear();
          output.write(`${scorecardToText(event.claims, width())}\n\n`);
          break;
        case 'run-finished':
          showPreviews();
          say(summaryLine(event));
          return;
      }
      // Thousands of hits in one burst are drawn once.
      if (now() - drawnMs >= FRAME_MS) draw();
    },
    close() {
      clearInterval(timer);
      update.clear();
      update.done();
    },
  };
}
