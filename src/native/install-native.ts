import { randomBytes } from 'node:crypto';
import { mkdir, rm, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from '../util/make-folder.ts';
import {
  addCudaLibraries,
  assemblePackage,
  type AssembleOptions,
  type InstallEvent,
} from './assemble-package.ts';
import { diskIsFull, inWords, notWritable } from './install-error.ts';
import type { NativeInstallation } from './locate.ts';
import { lockFolder } from './lock-folder.ts';
import { PINS, type Pins } from './pins.ts';
import type { ToolOptions } from './pip.ts';
import { thisPlatform, type Platform } from './platform.ts';
import { removeStray, writeRecord } from './records.ts';
import { wantedRecipe, type WantedWheel } from './wanted-wheel.ts';

/** What a check has to say about a backend, beside whatever else. */
export interface Checked {
  readonly usesGpu: boolean;
}

/** What is installed, where, and who checks it. */
export interface InstallOptions<C extends Checked>
  extends WantedWheel, ToolOptions {
  /** The folder of native backends. */
  readonly dataFolder: string;
  readonly listener: (event: InstallEvent) => void;
  /** Opens the backend and computes with it; what it throws ends the installation. */
  readonly check: (installation: NativeInstallation) => Promise<C>;
  /** This machine, and what this program knows, where not given; the tests have their own. */
  readonly platform?: Platform;
  readonly pins?: Pins;
}

/** What was installed. */
export interface Installed<C extends Checked> {
  readonly installation: NativeInstallation;
  readonly check: C;
  /** What built the binding. */
  readonly compiler: string;
}

/** What the libraries of CUDA take unpacked, with the largest wheel beside them, per byte of their wheels. */
const CUDA_GROWTH = 2.2;

/** Room for what is unpacked and removed again: headers, a compiler. */
const SCRATCH_BYTES = 500e6;

/**
 * Installs a native backend. Everything is put together and checked in a new folder, and becomes the installation by one
 * rename in the end; whatever happens before, an installation that was there stays as it was, and nothing else is left.
 *
 * @throws {InstallError} if it can't be done; the message names the way out.
 */
export async function installNative<C extends Checked>(
  options: InstallOptions<C>,
): Promise<Installed<C>> {
  const { backend, dataFolder, signal, listener } = options;
  const { platform = thisPlatform(), pins = PINS } = options;
  const recipe = await wantedRecipe(options, platform, pins.recipes, signal);
  const neededBytes =
    recipe.installedBytes +
    SCRATCH_BYTES +
    // pip copies what it has fetched.
    (options.from === undefined ? 2 * recipe.wheel.bytes : 0);
  let unlock: (() => void) | undefined;
  const folderName = `${backend}-${recipe.version}-${randomBytes(4).toString('hex')}`;
  const folder = join(resolve(dataFolder), folderName);
  try {
    makeDataFolder(dataFolder);
    unlock = lockFolder(dataFolder);
    await removeStray(dataFolder);
    await assertRoom(dataFolder, neededBytes);
    listener({
      type: 'step',
      message: `Installing "${backend}" on libtensorflow ${recipe.version} in "${folder}".`,
    });
    const scratch = join(folder, 'scratch');
    await mkdir(scratch, { recursive: true });
    const packageFolder = join(folder, 'package');
    const assembly: AssembleOptions = {
      ...{ recipe, pins, packageFolder, scratch, listener, signal },
      from: options.from,
      environment: options.environment,
    };
    const compiler = await assemblePackage(assembly);
    const installation: NativeInstallation = {
      ...{ name: backend, folder, packageFolder, source: 'installed' },
      tensorflowVersion: recipe.version,
    };
    listener({ type: 'step', message: 'Checking the backend.' });
    let check = await options.check(installation);
    if (
      backend === 'tensorflow-gpu' &&
      !check.usesGpu &&
      platform.hasNvidiaDriver
    ) {
      const cudaBytes = pins.cuda.reduce((sum, { bytes }) => sum + bytes, 0);
      await assertRoom(dataFolder, CUDA_GROWTH * cudaBytes);
      await addCudaLibraries(assembly);
      check = await options.check(installation);
    }
    await rm(scratch, { recursive: true });
    signal.throwIfAborted();
    await writeRecord(dataFolder, backend, {
      folder: folderName,
      tensorflowVersion: recipe.version,
      sha256: recipe.wheel.sha256,
      compiler,
    });
    await removeStray(dataFolder);
    return { installation, check, compiler };
  } catch (error) {
    if (unlock) await rm(folder, { recursive: true, force: true });
    throw inWords(error, dataFolder, neededBytes);
  } finally {
    unlock?.();
  }
}

function makeDataFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    throw notWritable(folder, error);
  }
}

async function assertRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) throw diskIsFull(folder, bytes);
}
