import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The bytes of a WebAssembly module that the build puts into `dist/`, whatever folder the compiled sources lie in; undefined
 * where this machine's engine cannot run it: it has no SIMD.
 *
 * @param what of whom the module is, for the message: `The kernels of the WebAssembly backend`.
 * @throws Error if the module has not been built.
 */
export function readBuiltModule(
  name: string,
  what: string,
): { readonly path: string; readonly bytes: Uint8Array | undefined } {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) break;
    folder = parent;
  }
  const path = join(folder, 'dist', name);
  if (!existsSync(path)) {
    throw new Error(
      `${what} are missing at "${path}". Run "npm run build:kernels".`,
    );
  }
  const bytes = readFileSync(path);
  return { path, bytes: WebAssembly.validate(bytes) ? bytes : undefined };
}
