import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { diskIsFull, InstallError, saysDiskIsFull } from './install-error.ts';
import { bindingPath } from './locate.ts';
import type { ToolOptions } from './pip.ts';
import { lastLines, runTool } from './run-tool.ts';

/** A C++ compiler: a program and its first words. */
export type Compiler = readonly [string, ...string[]];

/** The compilers of the system, best first. */
const SYSTEM_COMPILERS = ['c++', 'g++', 'clang++'];

/** What compiling the binding needs. */
export interface BuildOptions extends ToolOptions {
  /** With the sources in `binding/` and the libraries in `deps/lib/`. */
  readonly packageFolder: string;
  /** libtensorflow's headers. */
  readonly headers: string;
  /** Names of the libraries in `deps/lib/`. */
  readonly libraries: readonly string[];
  /** Whether the linker is that of macOS. */
  readonly isApple: boolean;
}

/** Looks for a compiler that runs: the one that `CXX` names, else the system's; undefined where there is none. */
export async function findCompiler(
  options: ToolOptions,
): Promise<Compiler | undefined> {
  const named = (options.environment['CXX'] ?? '').trim();
  const candidates = named === '' ? SYSTEM_COMPILERS : [named];
  for (const name of candidates) {
    const [program = '', ...words] = name.split(/\s+/);
    const compiler: Compiler = [program, ...words];
    const ended = await runTool({
      command: [...compiler, '--version'],
      ...options,
    });
    if (ended?.code === 0) return compiler;
  }
  return undefined;
}

/**
 * Compiles the package's binding against libtensorflow, in the package. It uses Node's stable interface (Node-API 8) alone, so
 * that one binding serves every version of Node.
 *
 * @returns undefined where it was built, else what the compiler said.
 * @throws {InstallError} if the disk is full.
 */
export async function buildBinding(
  compiler: Compiler,
  options: BuildOptions,
): Promise<string | undefined> {
  const { packageFolder, environment, signal } = options;
  const target = bindingPath(packageFolder);
  await mkdir(dirname(target), { recursive: true });
  const ended = await runTool({
    command: [...compiler, ...compilerWords(options), '-o', target],
    environment,
    signal,
  });
  if (ended?.code === 0 && existsSync(target)) return undefined;
  const output = ended?.output ?? '';
  if (saysDiskIsFull(output)) throw diskIsFull(packageFolder, 10e6);
  return lastLines(output, 20);
}

function compilerWords({
  packageFolder,
  headers,
  libraries,
  isApple,
}: BuildOptions): string[] {
  const { include_dir: nodeHeaders } = createRequire(import.meta.url)(
    'node-api-headers',
  ) as { readonly include_dir: string };
  return [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    ...['-I', nodeHeaders, '-I', headers],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) =>
      join(packageFolder, 'binding', file),
    ),
    ...libraries.map((name) => join(packageFolder, 'deps', 'lib', name)),
    // From the binding's own folder, wherever the package lies.
    `-Wl,-rpath,${isApple ? '@loader_path' : '$ORIGIN'}/../../deps/lib`,
    // Node's own symbols are there once the binding is loaded.
    ...(isApple ? ['-undefined', 'dynamic_lookup'] : []),
  ];
}

/** The command that installs a compiler on most systems with packages for Linux. */
export const INSTALL_COMPILER = 'on Debian and Ubuntu, apt-get install g++';

/** Nothing can compile: what is missing, and what to do. */
export const noCompiler = (isApple: boolean, why: string): InstallError =>
  new InstallError(
    `There is no C++ compiler on this machine to build the binding with${why}. Install one (${isApple ? 'xcode-select --install' : INSTALL_COMPILER}), or name one in CXX, and try again.`,
  );
