import type { DiagnosticCode } from './codes.ts';
import type { Diagnostic, Span } from './diagnostic.ts';

/** Another place that belongs to a problem: "first here", "for loss = supcon". */
export interface Related {
  readonly message: string;
  readonly at: Span;
}

/** What may be added to a diagnostic. */
export interface Extras {
  readonly help?: string | undefined;
  readonly related?: readonly Related[] | undefined;
}

const make = (
  severity: Diagnostic['severity'],
  code: DiagnosticCode,
  at: Span,
  message: string,
  { help, related }: Extras,
): Diagnostic => ({
  code,
  severity,
  message,
  at,
  ...(related === undefined || related.length === 0 ? {} : { related }),
  ...(help === undefined ? {} : { help }),
});

/** Something that stops a run. For the catalogue alone: others call its builders. */
export const error = (
  code: DiagnosticCode,
  at: Span,
  message: string,
  extras: Extras = {},
): Diagnostic => make('error', code, at, message, extras);

/** Something doubtful that stops nothing. */
export const warning = (
  code: DiagnosticCode,
  at: Span,
  message: string,
  extras: Extras = {},
): Diagnostic => make('warning', code, at, message, extras);
