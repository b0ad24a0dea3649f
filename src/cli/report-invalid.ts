import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { diagnosticsToJson, printDiagnostics } from '../diagnostics/print.ts';
import { EXIT } from './exit-codes.ts';
import { usesColor } from './uses-color.ts';

/**
 * Says what is wrong with the file or the command line: to people on standard error, to programs as one object on one
 * line of standard output.
 */
export function reportInvalid(
  diagnostics: readonly Diagnostic[],
  options: { readonly json?: boolean },
): number {
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(diagnosticsToJson(diagnostics))}\n`);
  } else {
    process.stderr.write(
      printDiagnostics(diagnostics, {
        color: usesColor(process.stderr, process.env),
      }),
    );
  }
  return EXIT.invalid;
}
