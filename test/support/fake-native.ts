import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pins } from '../../src/native/pins.ts';
import type { Platform } from '../../src/native/platform.ts';
import type { Recipe } from '../../src/native/recipes.ts';
import { makeTarball, makeZip, type ArchiveFile } from './archives.ts';

/** A machine on which the wheels of these tests run. */
export const PLATFORM: Platform = {
  name: 'linux-x64',
  libc: { type: 'glibc', version: '2.31' },
  hasNvidiaDriver: false,
};

const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** A wheel of a few bytes that looks like the one it is named after. */
export const wheelOf = (files: readonly ArchiveFile[]): Buffer =>
  makeZip([...files, { path: 'tensorflow/python/other.py', content: 'no' }]);

export const WHEEL = wheelOf([
  { path: 'tensorflow/libtensorflow_cc.so.2', content: 'library' },
  { path: 'tensorflow/libtensorflow_framework.so.2', content: 'framework' },
  { path: 'tensorflow/include/tensorflow/c/c_api.h', content: 'header' },
  { path: 'tensorflow/include/unsupported/big.h', content: 'not needed' },
]);

/** Zig in a wheel: a program that compiles like the `c++` below. */
export const ZIG_WHEEL = makeZip([
  {
    path: 'ziglang/zig',
    content: '#!/bin/sh\nshift 3\nexec /bin/sh "$COMPILE" zig "$@"\n',
    isExecutable: true,
  },
]);

const CUDA_WHEEL = makeZip([
  { path: 'nvidia/cudnn/lib/libcudnn.so.9', content: 'cudnn' },
  { path: 'nvidia/cudnn/include/cudnn.h', content: 'no' },
]);

export const WHEEL_FILE =
  'tensorflow_cpu-9.9.0-cp311-cp311-manylinux_2_27_x86_64.whl';
export const ZIG_FILE = 'ziglang-1.0.0-py3-none-manylinux_2_12_x86_64.whl';
export const CUDA_FILE =
  'nvidia_cudnn_cu12-9.0-py3-none-manylinux_2_27_x86_64.whl';

/** File name -> bytes, of everything that an index of these tests has. */
export const INDEX_FILES: Readonly<Record<string, Buffer>> = {
  [WHEEL_FILE]: WHEEL,
  [ZIG_FILE]: ZIG_WHEEL,
  [CUDA_FILE]: CUDA_WHEEL,
};

const pinned = (file: string) => ({
  file,
  bytes: INDEX_FILES[file]?.length ?? 0,
  sha256: sha256(INDEX_FILES[file] ?? Buffer.alloc(0)),
});

const recipe = (changes: Partial<Recipe>): Recipe => ({
  ...{ backend: 'tensorflow', platform: 'linux-x64', version: '9.9.0' },
  ...{ glibc: '2.27', installedBytes: 1000, wheel: pinned(WHEEL_FILE) },
  ...changes,
});

const KERNELS = makeTarball([
  { path: 'package/package.json', content: '{"name":"@tensorflow/tfjs-node"}' },
  { path: 'package/binding/tfjs_backend.cc', content: 'source' },
  { path: 'package/binding/tfjs_binding.cc', content: 'source' },
]);

/** What the tests' machines know. */
export const TEST_PINS: Pins = {
  recipes: [recipe({}), recipe({ backend: 'tensorflow-gpu' })],
  packages: [
    {
      name: '@tensorflow/tfjs-node',
      version: '4.22.0',
      integrity: `sha512-${createHash('sha512').update(KERNELS).digest('base64')}`,
      folder: '.',
    },
  ],
  zig: { 'linux-x64': pinned(ZIG_FILE) },
  cuda: [pinned(CUDA_FILE)],
};

/** A compiler: writes its first word and the paths it was given where `-o` says. */
const COMPILE = `
compiler="$1"; shift; all="$*"
while [ $# -gt 0 ]; do [ "$1" = -o ] && target="$2"; shift; done
echo "built by $compiler: $all" > "$target"
`;

/** Tools of a machine by name: shell scripts. */
const TOOLS: Readonly<Record<string, string>> = {
  npm: 'while [ "$1" != --pack-destination ]; do shift; done\n/bin/cp "$PACKAGES"/*.tgz "$2"\n',
  'c++': '[ "$1" = --version ] && exit 0\nexec /bin/sh "$COMPILE" c++ "$@"\n',
};

/** A machine: the tools it has, and the environment in which they are found. */
export interface FakeMachine {
  readonly environment: NodeJS.ProcessEnv;
  /** The folder of native backends. */
  readonly dataFolder: string;
  /** Adds a tool, or changes one. */
  readonly addTool: (name: string, script: string) => void;
}

/**
 * Makes a machine in a folder: npm and a compiler, and neither Python nor pip.
 *
 * @param without tools that it lacks.
 */
export function fakeMachine(
  folder: string,
  without: readonly string[] = [],
): FakeMachine {
  const bin = join(folder, 'bin');
  const packages = join(folder, 'packages');
  for (const made of [bin, packages]) mkdirSync(made, { recursive: true });
  writeFileSync(join(packages, 'tensorflow-tfjs-node-4.22.0.tgz'), KERNELS);
  writeFileSync(join(folder, 'compile.sh'), COMPILE);
  const addTool = (name: string, script: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}`);
    chmodSync(join(bin, name), 0o755);
  };
  for (const [name, script] of Object.entries(TOOLS)) {
    if (!without.includes(name)) addTool(name, script);
  }
  return {
    environment: {
      PATH: bin,
      PACKAGES: packages,
      COMPILE: join(folder, 'compile.sh'),
    },
    dataFolder: join(folder, 'data', 'backends'),
    addTool,
  };
}

/** Names in a folder, without what is random in them, sorted. */
export const namesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .map((name) => name.replace(/-[0-9a-f]{8}$/, '-*'))
    .sort();
