import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { errorCode } from '../util/error-message.ts';

/**
 * What tells one process from all others on this machine since it was started. A number alone doesn't: containers count
 * their processes from 1, and numbers are given again.
 */
export interface ProcessIdentity {
  /** Drawn at random by the process itself. */
  readonly id: string;
  readonly pid: number;
  /** The namespace in which that number holds; empty where the system has none. */
  readonly namespace: string;
  /** When it started, in the system's ticks; empty where it doesn't tell. */
  readonly started: string;
}

/** The start of the machine that all leases belong to, or null where the system doesn't name it. */
export function bootId(): string | null {
  return readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

/** This process, with a new random part. */
export const ownIdentity = (): ProcessIdentity => ({
  id: randomUUID(),
  pid: process.pid,
  namespace: ownNamespace(),
  started: statOf(process.pid)?.started ?? '',
});

/**
 * Whether a process has ended for certain. In doubt it has not: a process of another container, or one whose number may
 * have been given again on a system that doesn't tell when a process started.
 */
export function hasEnded(other: ProcessIdentity): boolean {
  if (other.namespace !== ownNamespace()) return false;
  if (!exists(other.pid)) return true;
  const stat = statOf(other.pid);
  return (
    stat !== null &&
    other.started !== '' &&
    (stat.started !== other.started || stat.isBuried)
  );
}

/** A process of somebody else exists too, though it may not be signalled. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

let namespace: string | undefined;
function ownNamespace(): string {
  if (namespace === undefined) {
    try {
      namespace = readlinkSync('/proc/self/ns/pid');
    } catch {
      namespace = '';
    }
  }
  return namespace;
}

/** What the system says of a process: when it started, and whether it only waits for its parent to look. */
function statOf(
  pid: number,
): { readonly started: string; readonly isBuried: boolean } | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // `pid (name) state …`: the name may hold anything, brackets and spaces too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = ''] = fields;
  return { started: fields[19] ?? '', isBuried: 'ZX'.includes(state) };
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Another system, or gone meanwhile.
    return null;
  }
}
