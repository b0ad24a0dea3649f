import { readdirSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

/** What a run may take of a machine. */
export interface MachineBudget {
  readonly processors: number;
  /** Names of GPUs, as `CUDA_VISIBLE_DEVICES` has them. */
  readonly gpus: readonly string[];
  readonly memoryBytes: number;
}

/**
 * All that this process may use of the machine: a container's limit of memory counts, and so do the GPUs that
 * `CUDA_VISIBLE_DEVICES` leaves.
 */
export const machineBudget = (
  environment: NodeJS.ProcessEnv,
): MachineBudget => ({
  processors: availableParallelism(),
  gpus: gpuNames(environment['CUDA_VISIBLE_DEVICES'], deviceNames()),
  memoryBytes: memoryBytes(),
});

/**
 * The GPUs that a process sees.
 *
 * @param visible the variable that chooses among them; all where it is not set. As for CUDA itself, "-1" ends the list.
 * @param devices names of files in `/dev`.
 */
export function gpuNames(
  visible: string | undefined,
  devices: readonly string[],
): readonly string[] {
  if (visible === undefined) {
    // Devices are counted from 0, whatever the numbers of their files.
    return devices
      .filter((name) => /^nvidia\d+$/.test(name))
      .map((_, index) => String(index));
  }
  const names = visible.split(',').map((name) => name.trim());
  const end = names.findIndex((name) => name === '' || name === '-1');
  return end === -1 ? names : names.slice(0, end);
}

function deviceNames(): readonly string[] {
  try {
    return readdirSync('/dev');
  } catch {
    // A system without such files.
    return [];
  }
}

function memoryBytes(): number {
  // Of a process that nothing limits it is 0, undefined, or more than there is.
  const limit = process.constrainedMemory() as number | undefined;
  const total = totalmem();
  return limit === undefined || limit === 0 ? total : Math.min(limit, total);
}
