import { locateNative } from '../native/locate.ts';
import { nativeFolder } from '../native/native-folder.ts';
import { removeNative } from '../native/remove-native.ts';
import { EXIT } from './exit-codes.ts';
import { nativeName, reportInstallError } from './native-name.ts';
import { reportInvalid } from './report-invalid.ts';

/** `pipeline backend remove NAME`: answers with the exit code. */
export async function removeBackend(
  word: string,
  options: { readonly json?: boolean },
): Promise<number> {
  const name = nativeName(word);
  if (typeof name !== 'string') return reportInvalid([name], options);
  const dataFolder = nativeFolder(process.env);
  try {
    await removeNative(name, dataFolder);
  } catch (error) {
    return reportInstallError(error, name, options);
  }
  const left = locateNative(name, dataFolder);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ backend: name, done: true, message: null })}\n`
      : `"${name}" is removed.${left ? ` The one that npm installed in "${left.folder}" is used from now on.` : ''}\n`,
  );
  return EXIT.done;
}
