import { visible } from '../util/visible.ts';
import type { OtherProgram, Outcome } from '../engine/events.ts';
import type { Progress } from '../kind/kind.ts';
import type { Tracker, FamilyState, RunningNode } from './tracker.ts';
import {
  formatClock,
  formatCount,
  formatDuration,
  formatRemaining,
  justify,
  plural,
  truncate,
} from './format.ts';

/** `better-losses · wasm · 2 workers · 212 nodes, 37 cached`; `wasm with FMA` where products are rounded with their sums. */
export const headerLine = (facts: {
  readonly pipeline: string;
  readonly backend: string;
  readonly fma: boolean;
  readonly workers: number;
  readonly nodes: number;
  readonly cached: number;
}): string =>
  [
    visible(facts.pipeline),
    facts.fma ? `${facts.backend} with FMA` : facts.backend,
    plural(facts.workers, 'worker'),
    `${plural(facts.nodes, 'node')}, ${formatCount(facts.cached)} cached`,
  ].join(' · ');

/** `epoch  7/12  loss 0.83  1,070 img/s` */
export function progressText(progress: Progress): string {
  const total = formatCount(progress.total);
  const parts = [
    `${progress.unit} ${formatCount(Math.floor(progress.done)).padStart(total.length)}/${total}`,
  ];
  const loss = progress.metrics?.['loss'];
  if (loss !== undefined) {
    parts.push(`loss ${loss < 100 ? loss.toFixed(2) : loss.toPrecision(3)}`);
  }
  if (progress.imagesPerSecond !== undefined) {
    parts.push(`${formatCount(progress.imagesPerSecond)} img/s`);
  }
  return parts.join('  ');
}

/** A running node: name, progress, elapsed time. */
export function runningLine(
  running: RunningNode,
  nowMs: number,
  width: number,
): string {
  const clock = formatClock((nowMs - running.startedMs) / 1000);
  const right =
    running.progress === null
      ? clock
      : `${progressText(running.progress)}  ${clock.padStart(5)}`;
  return justify(running.node, right, width);
}

/** A node that another program computes: `train[seed=0] waits for \`pipeline run a.yaml\`, process 123, since 14:02`. */
export function elsewhereText(node: string, program: OtherProgram): string {
  const since = new Date(program.since).toTimeString().slice(0, 5);
  return `${node} waits for \`${visible(program.command)}\`, process ${program.pid}, since ${since}`;
}

/** A family whose last node has finished, or null where all of it was cached. */
export function familyLine(family: FamilyState, width: number): string | null {
  const { hit, ran, failed, skipped } = family.outcomes;
  if (ran + failed === 0) return null;
  const counts =
    family.total === 1
      ? []
      : [
          plural(family.total, 'node'),
          ...(hit > 0 ? [`${formatCount(hit)} cached`] : []),
          ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
          ...(skipped > 0 ? [`${formatCount(skipped)} skipped`] : []),
        ];
  const right = `${counts.join(', ')}  ${formatDuration(family.seconds).padStart(8)}`;
  return justify(family.label, right, width);
}

/** `61 done · 2 running · 112 waiting                about 6 min left` */
export function countsLine(tracker: Tracker, width: number): string {
  const parts = [
    `${formatCount(tracker.done)} done`,
    `${formatCount(tracker.running.length)} running`,
    `${formatCount(tracker.waiting)} waiting`,
  ];
  if (tracker.counts.failed > 0) {
    parts.push(`${formatCount(tracker.counts.failed)} failed`);
  }
  const remaining = tracker.remainingSeconds();
  return remaining === null || tracker.waiting + tracker.running.length === 0
    ? truncate(parts.join(' · '), width)
    : justify(parts.join(' · '), formatRemaining(remaining), width);
}

/** `37 cached · 175 ran · 2 failed`: failed and skipped ones only where there are any. */
export const countsText = (counts: Readonly<Record<Outcome, number>>): string =>
  [
    `${formatCount(counts.hit)} cached`,
    `${formatCount(counts.ran)} ran`,
    ...(counts.failed > 0 ? [`${formatCount(counts.failed)} failed`] : []),
    ...(counts.skipped > 0 ? [`${formatCount(counts.skipped)} skipped`] : []),
  ].join(' · ');

/** `37 cached · 175 ran · 6:12` */
export const summaryLine = (
  event: Readonly<Record<Outcome, number>> & { readonly seconds: number },
): string => `${countsText(event)} · ${formatDuration(event.seconds)}`;

/** Above a table whose node did not finish. */
export const partialLine = (node: string): string =>
  `${node} is not complete; this is what there is of it:`;
