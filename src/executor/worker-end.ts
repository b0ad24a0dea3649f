import { readFileSync } from 'node:fs';
import { isOutOfMemory, OUT_OF_MEMORY_HELP } from '../worker/out-of-memory.ts';

/** Processes that the system has ended since it started because memory ran out; null where it doesn't count them. */
export function memoryKills(): number | null {
  try {
    const [, count] =
      /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8')) ?? [];
    return count === undefined ? null : Number(count);
  } catch {
    // Another system.
    return null;
  }
}

/**
 * How a worker came to its end, in sentences.
 *
 * @param end.how a signal or an exit code, ready to be shown.
 * @param end.words what it printed last.
 * @param end.killsBefore what `memoryKills` counted when it started, `killsAfter` when it had ended.
 */
export function describeEnd(end: {
  readonly how: string;
  readonly words: string;
  readonly killsBefore: number | null;
  readonly killsAfter: number | null;
}): string {
  const { how, words, killsBefore, killsAfter } = end;
  const last = words === '' ? '' : `\n${words}`;
  if (how === 'SIGKILL') {
    if (killsBefore === null || killsAfter === null) {
      return `The worker was ended by SIGKILL. The system ends processes this way when memory runs out.${last}`;
    }
    return killsAfter > killsBefore
      ? `The worker was ended by SIGKILL: the system ran out of memory. ${OUT_OF_MEMORY_HELP}${last}`
      : `The worker was ended by SIGKILL.${last}`;
  }
  return isOutOfMemory(words)
    ? `The worker was ended by ${how}: its memory ran out. ${OUT_OF_MEMORY_HELP}${last}`
    : `The worker was ended by ${how}.${last}`;
}
