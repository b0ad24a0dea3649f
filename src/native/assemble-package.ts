import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildBinding,
  findCompiler,
  noCompiler,
  type BuildOptions,
  type Compiler,
} from './build-binding.ts';
import { cudaFolder } from './cuda-libraries.ts';
import { fetchPackages } from './fetch-packages.ts';
import { fetchWheel, type DownloadProgress } from './fetch-wheel.ts';
import { InstallError } from './install-error.ts';
import type { Pins } from './pins.ts';
import type { ToolOptions } from './pip.ts';
import type { Recipe } from './recipes.ts';
import { unpackWheel } from './unpack-wheel.ts';
import type { PinnedWheel } from './wheel-name.ts';

/** What an installation tells while it goes on. */
export type InstallEvent =
  /** A line for people. */
  | { readonly type: 'step'; readonly message: string }
  | ({ readonly type: 'download' } & DownloadProgress);

/** What assembling needs. */
export interface AssembleOptions extends ToolOptions {
  readonly recipe: Recipe;
  readonly pins: Pins;
  /** A wheel that is there already and was checked. */
  readonly from?: string | undefined;
  /** Where the package comes to lie. */
  readonly packageFolder: string;
  /** A folder for what is removed in the end. */
  readonly scratch: string;
  readonly listener: (event: InstallEvent) => void;
}

/** Headers that the binding includes, directly or not. */
const HEADERS =
  /^tensorflow\/include\/((?:tensorflow\/c|tensorflow\/core\/platform|tsl\/platform|tsl\/c|xla\/tsl\/c)\/.*\.h)$/;
const LIBRARIES =
  /^tensorflow\/(libtensorflow_(?:cc|framework)(?:\.so\.2|\.2\.dylib))$/;
const CUDA_LIBRARIES = /^nvidia\/([^/]+\/lib\/.+)$/;

/**
 * Puts a backend together in its package folder: kernels from npm, libtensorflow from its wheel, the binding from a compiler.
 * What can fail without a large download comes first.
 *
 * @returns what built the binding.
 */
export async function assemblePackage(
  options: AssembleOptions,
): Promise<string> {
  const { recipe, pins, packageFolder, scratch, listener } = options;
  listener({ type: 'step', message: 'Fetching the kernels through npm.' });
  await fetchPackages({
    ...options,
    packages: pins.packages,
    scratch: join(scratch, 'npm'),
  });
  const compiler = await findCompiler(options);
  const isApple = recipe.platform.startsWith('darwin');
  if (compiler === undefined && pins.zig[recipe.platform] === undefined) {
    throw noCompiler(isApple, '');
  }
  const wheel = options.from ?? (await fetchOne(options, recipe.wheel));
  listener({ type: 'step', message: 'Unpacking libtensorflow.' });
  const headers = join(scratch, 'headers');
  const libraries: string[] = [];
  await unpackWheel({
    wheel,
    place: (path) => {
      const [, library] = LIBRARIES.exec(path) ?? [];
      const [, header] = HEADERS.exec(path) ?? [];
      if (library !== undefined) libraries.push(library);
      return library === undefined
        ? header && join(headers, header)
        : join(packageFolder, 'deps', 'lib', library);
    },
    signal: options.signal,
  });
  if (libraries.length === 0) {
    throw new InstallError(`"${wheel}" holds no libtensorflow.`);
  }
  if (options.from === undefined) await rm(wheel);
  return build(compiler, {
    ...{ environment: options.environment, signal: options.signal },
    ...{ packageFolder, headers, libraries, isApple },
    ...{ install: options },
  });
}

/** Builds with the system's compiler, else with one from the package index; answers with what did it. */
async function build(
  system: Compiler | undefined,
  options: BuildOptions & { readonly install: AssembleOptions },
): Promise<string> {
  const { install, isApple } = options;
  const { listener, recipe, pins } = install;
  let failure = '';
  if (system !== undefined) {
    listener({
      type: 'step',
      message: `Building the binding with ${system.join(' ')}.`,
    });
    const said = await buildBinding(system, options);
    if (said === undefined) return system.join(' ');
    failure = ` that works: ${system.join(' ')} said\n${said}\n`;
  }
  const wheel = pins.zig[recipe.platform];
  if (wheel === undefined) throw noCompiler(isApple, failure);
  listener({
    type: 'step',
    message: `There is no C++ compiler here${failure && ' that works'}, so one is fetched for this once: Zig.`,
  });
  const { compiler, environment } = await unpackZig(install, wheel);
  listener({ type: 'step', message: 'Building the binding with Zig.' });
  const said = await buildBinding(compiler, { ...options, environment });
  if (said === undefined) return 'zig c++';
  throw new InstallError(
    `The binding could not be built. Name a C++ compiler in CXX, and try again.\n${said}`,
  );
}

async function unpackZig(
  options: AssembleOptions,
  wheel: PinnedWheel,
): Promise<{
  readonly compiler: Compiler;
  readonly environment: NodeJS.ProcessEnv;
}> {
  const { scratch, signal, recipe } = options;
  const file = await fetchOne(options, wheel);
  const target = join(scratch, 'zig');
  await unpackWheel({
    wheel: file,
    place: (path) => join(target, path),
    signal,
  });
  const processor = recipe.platform.endsWith('arm64') ? 'aarch64' : 'x86_64';
  return {
    // For any processor of the kind: a home folder may be shared between machines.
    compiler: [
      join(target, 'ziglang', 'zig'),
      ...['c++', '-target', `${processor}-linux-gnu.${recipe.glibc ?? '2.17'}`],
    ],
    environment: {
      ...options.environment,
      ZIG_GLOBAL_CACHE_DIR: join(scratch, 'zig-cache'),
      ZIG_LOCAL_CACHE_DIR: join(scratch, 'zig-cache'),
    },
  };
}

/** Fetches the libraries of CUDA and cuDNN, and puts them where libtensorflow looks for them. */
export async function addCudaLibraries(
  options: AssembleOptions,
): Promise<void> {
  const { packageFolder, pins, listener, signal } = options;
  listener({ type: 'step', message: 'Fetching the libraries of CUDA.' });
  for (const wheel of pins.cuda) {
    const file = await fetchOne(options, wheel);
    await unpackWheel({
      wheel: file,
      place: (path) => {
        const [, library] = CUDA_LIBRARIES.exec(path) ?? [];
        return library && join(cudaFolder(packageFolder), library);
      },
      signal,
    });
    await rm(file);
  }
}

const fetchOne = (
  { scratch, environment, signal, listener }: AssembleOptions,
  wheel: PinnedWheel,
): Promise<string> =>
  fetchWheel({
    ...{ wheel, environment, signal },
    folder: join(scratch, 'wheels'),
    progress: (progress) => {
      listener({ type: 'download', ...progress });
    },
  });
