import { test } from 'node:test';
import {
  locateNative,
  type NativeInstallation,
  type NativeName,
} from '../../src/native/locate.ts';
import { nativeFolder } from '../../src/native/native-folder.ts';
import { backendEnvironment } from '../../src/tensor/backend.ts';

/** libtensorflow on this machine, if there is one: tests of the native backend need it. */
export const nativeInstallation = locateNative(
  'tensorflow',
  nativeFolder(process.env),
);

/** Declares tests that need libtensorflow. Where there is none, one line says that they did not run. */
export async function withNative(
  what: string,
  declare: (installation: NativeInstallation) => Promise<void> | void,
  name: NativeName = 'tensorflow',
): Promise<void> {
  const installation =
    name === 'tensorflow'
      ? nativeInstallation
      : locateNative(name, nativeFolder(process.env));
  if (installation === undefined) {
    test(what, {
      skip: `${name} is not installed on this machine: pipeline backend install ${name}`,
    });
  } else {
    for (const [variable, value] of Object.entries(backendEnvironment(name))) {
      process.env[variable] ??= value;
    }
    await declare(installation);
  }
}
