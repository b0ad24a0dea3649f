import { test } from 'node:test';
import {
  locateNative,
  type NativeInstallation,
} from '../../src/native/locate.ts';
import { backendEnvironment } from '../../src/tensor/backend.ts';
import { nativeFolder } from '../../src/native/native-folder.ts';

/** libtensorflow on this machine, if there is one: tests of the native backend need it. */
export const nativeInstallation = locateNative(
  'tensorflow',
  nativeFolder(process.env),
);

/** Declares tests that need libtensorflow. Where there is none, one line says that they did not run. */
export async function withNative(
  what: string,
  declare: (installation: NativeInstallation) => Promise<void> | void,
): Promise<void> {
  if (nativeInstallation === undefined) {
    test(what, {
      skip: 'tensorflow is not installed on this machine: pipeline backend install tensorflow',
    });
  } else {
    for (const [name, value] of Object.entries(
      backendEnvironment('tensorflow'),
    )) {
      process.env[name] ??= value;
    }
    await declare(nativeInstallation);
  }
}
