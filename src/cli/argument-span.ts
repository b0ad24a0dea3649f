import type { Span } from '../diagnostics/diagnostic.ts';

/** The whole of an argument of the command line, as a place that a diagnostic can point at. */
export const argumentSpan = (argument: string): Span => ({
  file: { path: 'command line', text: argument },
  start: 0,
  end: argument.length,
});
