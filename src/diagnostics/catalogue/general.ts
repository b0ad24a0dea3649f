import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, warning } from '../make.ts';
import { counted } from '../text.ts';

/** Stands last where more was found than is listed. */
export const diagnosticsCut = (
  count: number,
  withErrors: boolean,
  at: Span,
): Diagnostic =>
  (withErrors ? error : warning)(
    'DIAGNOSTICS_CUT',
    at,
    `There ${count === 1 ? 'is' : 'are'} ${counted(count, 'more problem')}, not listed.`,
  );
