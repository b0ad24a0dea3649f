import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildBinding,
  findCompiler,
  INSTALL_COMPILER,
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
  const toolchain =
    (await systemToolchain(options)) ?? (await fetchZig(options, ''));
  const wheel =
    options.from ??
    (await fetchOne(
      options,
      recipe.wheel,
      `Or fetch "${recipe.wheel.file}" elsewhere and pass it: --from FILE`,
    ));
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
    isKept: true,
    signal: options.signal,
  });
  if (libraries.length === 0) {
    throw new InstallError(`"${wheel}" holds no libtensorflow.`);
  }
  if (options.from === undefined) await rm(wheel);
  return build(toolchain, options, {
    ...{ packageFolder, headers, libraries },
    isApple: isApple(recipe),
    signal: options.signal,
  });
}

/** A compiler, and what it needs to find in its environment. */
interface Toolchain {
  /** What people call it. */
  readonly name: string;
  readonly compiler: Compiler;
  readonly environment: NodeJS.ProcessEnv;
}

const isApple = ({ platform }: Recipe): boolean =>
  platform.startsWith('darwin');

async function systemToolchain(
  options: AssembleOptions,
): Promise<Toolchain | undefined> {
  const { environment } = options;
  const compiler = await findCompiler(options);
  return compiler && { name: compiler.join(' '), compiler, environment };
}

/** Builds with the compiler that was found, else with one from the package index; answers with what did it. */
async function build(
  found: Toolchain,
  options: AssembleOptions,
  build: Omit<BuildOptions, 'environment'>,
): Promise<string> {
  const attempt = ({ name, compiler, environment }: Toolchain) => {
    const message = `Building the binding with ${name}.`;
    options.listener({ type: 'step', message });
    return buildBinding(compiler, { ...build, environment });
  };
  const failure = await attempt(found);
  if (failure === undefined) return found.name;
  if (found.name !== ZIG_NAME) {
    const zig = await fetchZig(
      options,
      ` that works: ${found.name} said\n${failure}\n`,
    );
    if ((await attempt(zig)) === undefined) return zig.name;
  }
  throw new InstallError(
    `The binding could not be built. Name a C++ compiler in CXX, and try again.\n${failure}`,
  );
}

const ZIG_NAME = 'zig c++';

/**
 * Fetches a compiler for this once.
 *
 * @param failure what is the matter with the system's compiler, as it goes on after "no C++ compiler on this machine".
 */
async function fetchZig(
  options: AssembleOptions,
  failure: string,
): Promise<Toolchain> {
  const { scratch, signal, recipe, pins, listener } = options;
  const wheel = pins.zig[recipe.platform];
  if (wheel === undefined) throw noCompiler(isApple(recipe), failure);
  listener({
    type: 'step',
    message: `There is no C++ compiler here${failure === '' ? '' : ' that works'}, so one is fetched for this once: Zig.`,
  });
  const file = await fetchOne(
    options,
    wheel,
    `Or install a C++ compiler: ${INSTALL_COMPILER}.`,
  );
  const target = join(scratch, 'zig');
  await unpackWheel({
    wheel: file,
    place: (path) => join(target, path),
    isKept: false,
    signal,
  });
  const processor = recipe.platform.endsWith('arm64') ? 'aarch64' : 'x86_64';
  return {
    name: ZIG_NAME,
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
    const file = await fetchOne(
      options,
      wheel,
      'Or install CUDA 12 and cuDNN 9 on this machine.',
    );
    await unpackWheel({
      wheel: file,
      place: (path) => {
        const [, library] = CUDA_LIBRARIES.exec(path) ?? [];
        return library && join(cudaFolder(packageFolder), library);
      },
      isKept: true,
      signal,
    });
    await rm(file);
  }
}

const fetchOne = (
  { scratch, environment, signal, listener }: AssembleOptions,
  wheel: PinnedWheel,
  wayOut: string,
): Promise<string> =>
  fetchWheel({
    ...{ wheel, wayOut, environment, signal },
    folder: join(scratch, 'wheels'),
    progress: (progress) => {
      listener({ type: 'download', ...progress });
    },
  });
