import { existsSync, mkdtempSync, readFileSync, renameSync } from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { readTar } from '../../src/native/read-tarball.ts';
import { projectRoot } from './project.ts';

/**
 * SwiftShader, a GPU that the processor stands in for, with the loader through which Vulkan finds it: so that webgpu is tested
 * on machines that have neither. Chromium brings both along, and the package of Chromium is the one on npm that has them.
 */
const ARCHIVE = join(
  projectRoot,
  'node_modules/@sparticuz/chromium/bin/swiftshader.tar.br',
);
const FOLDER = join(projectRoot, 'dist/swiftshader');
const LOADER = 'libvulkan.so.1';
const FILES = [LOADER, 'libvk_swiftshader.so', 'vk_swiftshader_icd.json'];

/** Why there is no software device here, or null. */
const PROBLEM: string | null =
  process.platform !== 'linux' || process.arch !== 'x64'
    ? 'the software device that npm has is for Linux on x64'
    : existsSync(ARCHIVE)
      ? null
      : 'the package @sparticuz/chromium is not installed';

/** Variables with which a process finds the software device, and no other. */
export const softwareGpuEnvironment: Readonly<Record<string, string>> = {
  LD_LIBRARY_PATH: FOLDER,
  VK_DRIVER_FILES: join(FOLDER, 'vk_swiftshader_icd.json'),
};

/** Variables with which a process finds no GPU at all. */
export const noGpuEnvironment: Readonly<Record<string, string>> = {
  VK_DRIVER_FILES: join(FOLDER, 'none.json'),
};

/** Whole or not at all: tests run side by side. */
function unpack(): void {
  if (existsSync(FOLDER)) return;
  const files = readTar(brotliDecompressSync(readFileSync(ARCHIVE)));
  const temporary = mkdtempSync(join(dirname(FOLDER), 'swiftshader-'));
  for (const name of FILES) {
    const bytes = files.get(name);
    if (bytes === undefined) throw new Error(`${ARCHIVE} has no ${name}`);
    writeFileSync(join(temporary, name), bytes);
  }
  try {
    renameSync(temporary, FOLDER);
  } catch {
    // Another test was there first.
    rmSync(temporary, { recursive: true });
  }
}

/** Makes the software device ready for processes with `softwareGpuEnvironment`; says why there is none here, or null. */
export function prepareSoftwareGpu(): string | null {
  if (PROBLEM === null) unpack();
  return PROBLEM;
}

/** glibc's `RTLD_NODELETE`: what was loaded stays. */
const NO_DELETE = 0x1000;

/**
 * Makes the software device the only one of this process. Its loader can't be found by the variable any more, which is read when
 * a process starts, but one that is loaded is taken by its name.
 */
function useHere(): void {
  Object.assign(process.env, softwareGpuEnvironment);
  const { RTLD_NOW } = constants.dlopen;
  try {
    process.dlopen({ exports: {} }, join(FOLDER, LOADER), RTLD_NOW | NO_DELETE);
  } catch (error) {
    // It is loaded, and no module of Node's.
    if (!String(error).includes('did not self-register')) throw error;
  }
}

/** Declares tests that need the software device in this process or in others. Where there is none, one line says that they did not run. */
export async function withSoftwareGpu(
  what: string,
  declare: () => Promise<void> | void,
): Promise<void> {
  const problem = prepareSoftwareGpu();
  if (problem !== null) {
    test(what, { skip: problem });
    return;
  }
  useHere();
  await declare();
}
