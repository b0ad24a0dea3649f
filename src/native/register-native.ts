import { createRequire } from 'node:module';
import { join } from 'node:path';
import { errorMessage } from '../util/error-message.ts';
import { bindingPath, type NativeInstallation } from './locate.ts';

/** What of TensorFlow.js is needed to register a backend in it. */
interface BackendRegistry {
  registerBackend(
    name: string,
    factory: () => never,
    priority: number,
  ): boolean;
}

/** The name under which the backend is registered in TensorFlow.js, with and without a GPU. */
export const NATIVE_BACKEND = 'tensorflow';

/** What the package calls TensorFlow.js. */
const LIBRARY_NAMES = ['@tensorflow/tfjs', '@tensorflow/tfjs-core'];

/**
 * Loads libtensorflow through an installation's binding, and registers its backend and kernels under `NATIVE_BACKEND` in
 * the given TensorFlow.js, without making it the current one. Not by the package's main file: that loads model files'
 * readers and progress bars too, and looks for the binding by means of its installer.
 *
 * Whatever libtensorflow reads from the environment (threads, log level, visible GPUs) has to be set before.
 *
 * @param library this program's one copy of `@tensorflow/tfjs`: kernels are registered per copy.
 * @returns the binding, as the package's `tfjs_binding.d.ts` describes it.
 * @throws Error if libtensorflow does not load here; the message says why and what to do.
 */
export function registerNative(
  installation: NativeInstallation,
  library: object & BackendRegistry,
): unknown {
  const require = createRequire(
    join(installation.packageFolder, 'package.json'),
  );
  restoreUtil(require);
  shareLibrary(require, installation, library);
  let binding: unknown;
  try {
    binding = require(bindingPath(installation.packageFolder));
  } catch (error) {
    throw new Error(
      `The backend "${installation.name}" does not load: ${errorMessage(error)}. ${wayOut(installation)}`,
      { cause: error },
    );
  }
  const { name } = require('./package.json') as { readonly name: string };
  const { NodeJSKernelBackend } =
    require('./dist/nodejs_kernel_backend.js') as {
      readonly NodeJSKernelBackend: new (
        binding: unknown,
        packageName: string,
      ) => never;
    };
  require('./dist/register_all_kernels.js');
  library.registerBackend(
    NATIVE_BACKEND,
    () => new NodeJSKernelBackend(binding, name),
    3,
  );
  return binding;
}

const wayOut = ({ name, source }: NativeInstallation): string =>
  source === 'npm'
    ? `Install a current one: pipeline backend install ${name}`
    : `Install it anew: pipeline backend install ${name}`;

/**
 * Makes the package see this program's TensorFlow.js. Outside of any `node_modules` it carries empty modules in its place,
 * which are filled here; where npm installed it, npm has given it the same copy, or it can't be used.
 */
function shareLibrary(
  require: NodeJS.Require,
  { name, source, packageFolder }: NativeInstallation,
  library: object,
): void {
  for (const needed of LIBRARY_NAMES) {
    const path = require.resolve(needed);
    if (source === 'installed') {
      require(path);
      const module = require.cache[path];
      if (module) module.exports = library;
    } else if (needed === '@tensorflow/tfjs' && require(path) !== library) {
      throw new Error(
        `The package in "${packageFolder}" uses a copy of @tensorflow/tfjs of its own, in which this program can't compute. Install a current backend: pipeline backend install ${name}`,
      );
    }
  }
}

/**
 * Two functions of `node:util` that the package relies on in every op: Node 23 removed them, and those before it warn of
 * their use.
 */
function restoreUtil(require: NodeJS.Require): void {
  const module = require('node:util') as Record<string, unknown>;
  module['isNullOrUndefined'] = (value: unknown): boolean =>
    value === null || value === undefined;
  module['isArray'] = Array.isArray;
}
