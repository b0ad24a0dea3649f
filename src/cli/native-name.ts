import { commandLineInvalid } from '../diagnostics/catalogue/shape.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { InstallError } from '../native/install-error.ts';
import { NATIVE_NAMES, type NativeName } from '../native/locate.ts';
import { BACKEND_NAMES } from '../tensor/backend.ts';
import { nearestName } from '../util/nearest-name.ts';
import { argumentSpan } from './argument-span.ts';
import { EXIT } from './exit-codes.ts';
import { reportInvalid } from './report-invalid.ts';

/** The native backend that a word means, or what is wrong with the word. */
export function nativeName(word: string): NativeName | Diagnostic {
  const known = NATIVE_NAMES.find((name) => name === word);
  if (known !== undefined) return known;
  if (BACKEND_NAMES.some((name) => name === word)) {
    return commandLineInvalid(
      `"${word}" comes with the packages of npm: it is neither installed nor removed here.`,
      argumentSpan(word),
    );
  }
  const nearest = nearestName(word, NATIVE_NAMES);
  return commandLineInvalid(
    `There is no native backend "${word}".`,
    argumentSpan(word),
    nearest === undefined
      ? `Native backends: ${NATIVE_NAMES.join(', ')}.`
      : `Did you mean "${nearest}"?`,
  );
}

/** What was asked for, as far as a message may point at it. */
interface Request {
  readonly version?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** Says why a native backend is not installed or removed; answers with the exit code. */
export function reportInstallError(
  error: unknown,
  name: NativeName,
  request: Request,
): number {
  if (!(error instanceof InstallError)) throw error;
  const { message, mistaken } = error;
  if (mistaken !== undefined) {
    const words =
      mistaken === 'name' ? name : `--${mistaken} ${request[mistaken] ?? ''}`;
    return reportInvalid(
      [commandLineInvalid(message, argumentSpan(words))],
      request,
    );
  }
  if (request.json === true) {
    process.stdout.write(
      `${JSON.stringify({ backend: name, done: false, message })}\n`,
    );
  } else {
    process.stderr.write(`${message}\n`);
  }
  return EXIT.failed;
}
