import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whyNoGpu } from '../native/cuda-libraries.ts';
import type { NativeInstallation } from '../native/locate.ts';
import { thisPlatform } from '../native/platform.ts';
import { usesGpus } from '../tensor/backend.ts';
import type { checkBackend, CheckOptions } from './check-backend.ts';
import { describeMachine } from './describe-machine.ts';

/** That a backend passed its self-check on this machine. */
export interface PassedCheck {
  /** Why a backend for GPUs computes on the processor: sentences. Null where it does not. */
  readonly withoutGpu: string | null;
}

/** What lies in an installation's folder from its first check on. */
interface Remembered extends PassedCheck {
  /** The machine and the variables with which it passed. */
  readonly circumstances: string;
}

/** What a check needs, and what checks: `checkBackend`, or what stands for it in a test. */
export interface RememberedCheckOptions extends Omit<
  CheckOptions,
  'installation'
> {
  readonly check: typeof checkBackend;
}

const FILE = 'checked.json';

/**
 * Whether a native backend can be used here. Tried in a process of its own the first time (a second or two), then
 * remembered beside it while machine, driver, Node and the variables that libraries read stay the same. Only what passed is
 * remembered: what failed may have been repaired.
 *
 * @returns a sentence that says why it can't be used, where it can't.
 */
export async function rememberedCheck(
  installation: NativeInstallation,
  { check, ...tools }: RememberedCheckOptions,
): Promise<PassedCheck | string> {
  const circumstances = circumstancesOf(tools.environment);
  const path = join(installation.folder, FILE);
  const remembered = read(path);
  if (remembered?.circumstances === circumstances) return remembered;
  const { name } = installation;
  const found = await check(name, { installation, ...tools });
  if (typeof found === 'string') return found;
  const withoutGpu =
    usesGpus(name) && found.device !== 'gpu'
      ? await whyNoGpu(installation, thisPlatform(), tools)
      : null;
  write(path, { circumstances, withoutGpu });
  return { withoutGpu };
}

const circumstancesOf = (environment: NodeJS.ProcessEnv): string =>
  JSON.stringify({
    ...describeMachine(environment),
    libraries: environment['LD_LIBRARY_PATH'] ?? '',
  });

function read(path: string): Remembered | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Remembered | null;
    return value ?? undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all. Where nothing can be written every run checks anew. */
function write(path: string, remembered: Remembered): void {
  const temporary = `${path}.${randomUUID()}`;
  try {
    writeFileSync(temporary, JSON.stringify(remembered));
    renameSync(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
  }
}
