import { createRequire } from 'node:module';
import { locateNative, type NativeInstallation } from '../native/locate.ts';
import { nativeFolder } from '../native/native-folder.ts';
import type { BackendName } from '../tensor/backend.ts';

/** A backend as far as it can be told without loading it. */
export interface FoundBackend {
  readonly name: BackendName;
  /** Where it comes from; null where it is not installed. */
  readonly source: 'built-in' | NativeInstallation['source'] | null;
  readonly installation: NativeInstallation | undefined;
  /** What installs it, or repairs it. */
  readonly wayOut: string;
}

const native =
  (name: NativeInstallation['name']) =>
  (environment: NodeJS.ProcessEnv): FoundBackend => {
    const installation = locateNative(name, nativeFolder(environment));
    return {
      name,
      source: installation?.source ?? null,
      installation,
      wayOut: `pipeline backend install ${name}`,
    };
  };

/** Whether npm has installed a package that it may leave out. */
function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** How each backend is found. */
const FINDERS: Readonly<
  Record<BackendName, (environment: NodeJS.ProcessEnv) => FoundBackend>
> = {
  wasm: () => ({
    name: 'wasm',
    source: 'built-in',
    installation: undefined,
    wayOut: 'npm ci',
  }),
  tensorflow: native('tensorflow'),
  'tensorflow-gpu': native('tensorflow-gpu'),
  webgpu: () => ({
    name: 'webgpu',
    source: isInstalled('webgpu') ? 'npm' : null,
    installation: undefined,
    wayOut: 'npm ci --include=optional',
  }),
};

/** Every backend, with what of it is on this machine. Loads nothing. */
export const findBackends = (
  environment: NodeJS.ProcessEnv,
): readonly FoundBackend[] =>
  Object.values(FINDERS).map((find) => find(environment));
