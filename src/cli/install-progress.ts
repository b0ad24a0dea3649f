import type { InstallEvent } from '../native/assemble-package.ts';
import { megabytes } from '../native/install-error.ts';

/** Where progress is shown. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Columns of the bar. */
const WIDTH = 24;
/** Ends a line that was redrawn. */
const CLEAR = '\r\u001b[K';

/** Shows an installation: a bar that is redrawn at a terminal, a line for each quarter of a download elsewhere. */
export function installProgress(
  stream: ProgressStream,
  now: () => number,
): (event: InstallEvent) => void {
  const isTerminal = stream.isTTY === true;
  let file = '';
  let startedAt = 0;
  let saidQuarters = 0;
  return (event) => {
    if (event.type === 'step') {
      stream.write(`${isTerminal ? CLEAR : ''}${event.message}\n`);
      return;
    }
    if (event.file !== file) {
      [file, startedAt, saidQuarters] = [event.file, now(), 0];
    }
    const share = event.done / event.total;
    const quarters = Math.floor(4 * share);
    const seconds = Math.max((now() - startedAt) / 1000, 0.1);
    const text = `${String(Math.floor(100 * share)).padStart(3)} % of ${megabytes(event.total)}, ${megabytes(event.done / seconds)}/s`;
    if (isTerminal) {
      const full = Math.round(WIDTH * share);
      const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
      stream.write(`${CLEAR}${bar} ${text}${share === 1 ? CLEAR : ''}`);
    } else if (quarters > saidQuarters) {
      saidQuarters = quarters;
      stream.write(`${file}: ${text.trim()}\n`);
    }
  };
}
