import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeInstallation } from './locate.ts';
import type { ToolOptions } from './pip.ts';
import type { Platform } from './platform.ts';
import { runTool } from './run-tool.ts';

/** What libtensorflow 2.18 to 2.21 opens by name: without any one of these it computes on the processor. */
const NEEDED = [
  'libcudart.so.12',
  'libcublas.so.12',
  'libcublasLt.so.12',
  'libcufft.so.11',
  'libcusolver.so.11',
  'libcusparse.so.12',
  'libcudnn.so.9',
];

/** The driver's own library. */
const DRIVER_LIBRARY = 'libcuda.so.1';

/** Where NVIDIA's wheels are unpacked to: libtensorflow looks there, `$ORIGIN/../nvidia/NAME/lib`. */
export const cudaFolder = (packageFolder: string): string =>
  join(packageFolder, 'deps', 'nvidia');

/** Why a backend for GPUs computes on the processor, and what to do: sentences. */
export async function whyNoGpu(
  { name, packageFolder }: NativeInstallation,
  { hasNvidiaDriver }: Platform,
  tools: ToolOptions,
): Promise<string> {
  const start = `The backend "${name}" computes on the processor here, for`;
  const known = await knownLibraries(tools);
  const lies = (library: string): boolean =>
    known.has(library) || isUnpacked(packageFolder, library);
  if (!hasNvidiaDriver || !lies(DRIVER_LIBRARY)) {
    return `${start} there is no driver for an NVIDIA GPU (${DRIVER_LIBRARY} is missing). Install NVIDIA's driver where there is such a card; without one, "tensorflow" is the same and smaller.`;
  }
  const missing = NEEDED.filter((library) => !lies(library));
  return missing.length > 0
    ? `${start} ${missing.join(', ')} can't be found. Install it anew with a connection, which fetches them: pipeline backend install ${name}`
    : `${start} libtensorflow finds no GPU that it can use. See what nvidia-smi lists, and whether CUDA_VISIBLE_DEVICES hides it.`;
}

function isUnpacked(packageFolder: string, library: string): boolean {
  const folder = cudaFolder(packageFolder);
  return (
    existsSync(folder) &&
    readdirSync(folder).some((part) =>
      existsSync(join(folder, part, 'lib', library)),
    )
  );
}

/** Names of the libraries that the system's loader finds. */
async function knownLibraries(
  tools: ToolOptions,
): Promise<ReadonlySet<string>> {
  const folders = (tools.environment['LD_LIBRARY_PATH'] ?? '')
    .split(':')
    .filter((folder) => folder !== '' && existsSync(folder));
  const listed = await runTool({ command: ['/sbin/ldconfig', '-p'], ...tools });
  return new Set([
    ...folders.flatMap((folder) => readdirSync(folder)),
    ...[...(listed?.output ?? '').matchAll(/^\s+(\S+) \(/gm)].map(
      ([, library = '']) => library,
    ),
  ]);
}
