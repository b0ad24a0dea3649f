import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Backends that compute in libtensorflow. */
export const NATIVE_NAMES = ['tensorflow', 'tensorflow-gpu'] as const;
export type NativeName = (typeof NATIVE_NAMES)[number];

/** A native backend that is on this machine, ready to be opened. */
export interface NativeInstallation {
  readonly name: NativeName;
  /** What `backend remove` would remove; for `npm` the package itself, which is npm's to remove. */
  readonly folder: string;
  /**
   * `@tensorflow/tfjs-node` (or `-gpu`): its JavaScript in `dist/`, the binding in `lib/napi-v8/`, libtensorflow in
   * `deps/lib/`.
   */
  readonly packageFolder: string;
  /** Version of libtensorflow. */
  readonly tensorflowVersion: string;
  /** Whether `pipeline backend install` put it there, or npm, in the ordinary way. */
  readonly source: 'installed' | 'npm';
}

/** What `pipeline backend install` leaves beside the folder that it names: the one thing whose appearance installs. */
export interface InstallationRecord {
  /** Name of the folder, beside the record. */
  readonly folder: string;
  readonly tensorflowVersion: string;
  /** SHA-256 of the wheel that the libraries came from. */
  readonly sha256: string;
  /** What built the binding. */
  readonly compiler: string;
}

/** The npm package that a backend is, where npm could install it. */
export const NPM_PACKAGES: Readonly<Record<NativeName, string>> = {
  tensorflow: '@tensorflow/tfjs-node',
  'tensorflow-gpu': '@tensorflow/tfjs-node-gpu',
};

/** libtensorflow in the packages that npm installs: their install script fetches this one and no other. */
const NPM_TENSORFLOW_VERSION = '2.9.1';

/** The record of a backend in the folder of native backends. */
export const recordPath = (dataFolder: string, name: NativeName): string =>
  join(dataFolder, `${name}.json`);

/** The binding inside a package. */
export const bindingPath = (packageFolder: string): string =>
  join(packageFolder, 'lib', 'napi-v8', 'tfjs_binding.node');

/**
 * Finds a native backend: what `pipeline backend install` put into the folder of native backends, else what npm installed
 * beside this program. Loads nothing.
 *
 * @param dataFolder where native backends lie (see `nativeFolder` of the command line).
 * @returns undefined where there is none, or only the half of one.
 */
export function locateNative(
  name: NativeName,
  dataFolder: string,
): NativeInstallation | undefined {
  return (
    locateInstalled(name, dataFolder) ?? locateFromNpm(name, import.meta.url)
  );
}

/** The record that an installation ended with; undefined where there is none that can be read. */
export function readRecord(
  name: NativeName,
  dataFolder: string,
): InstallationRecord | undefined {
  try {
    return JSON.parse(
      readFileSync(recordPath(dataFolder, name), 'utf8'),
    ) as InstallationRecord;
  } catch {
    return undefined;
  }
}

function locateInstalled(
  name: NativeName,
  dataFolder: string,
): NativeInstallation | undefined {
  const record = readRecord(name, dataFolder);
  if (record === undefined) return undefined;
  const folder = join(dataFolder, record.folder);
  const packageFolder = join(folder, 'package');
  if (!existsSync(bindingPath(packageFolder))) return undefined;
  const { tensorflowVersion } = record;
  return {
    name,
    folder,
    packageFolder,
    tensorflowVersion,
    source: 'installed',
  };
}

/**
 * What npm installed in the ordinary way; undefined where its install script failed.
 *
 * @param from the module from which packages are looked for.
 */
export function locateFromNpm(
  name: NativeName,
  from: string | URL,
): NativeInstallation | undefined {
  const require = createRequire(from);
  let packageFolder: string;
  try {
    packageFolder = dirname(
      require.resolve(`${NPM_PACKAGES[name]}/package.json`),
    );
  } catch {
    // npm leaves an optional package out whose install script failed.
    return undefined;
  }
  if (!existsSync(bindingPath(packageFolder))) return undefined;
  return {
    name,
    folder: packageFolder,
    packageFolder,
    tensorflowVersion: NPM_TENSORFLOW_VERSION,
    source: 'npm',
  };
}
