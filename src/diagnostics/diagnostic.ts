import type { DiagnosticCode } from './codes.ts';

/** A text that spans point into: a file, or an argument of the command line. */
export interface SourceFile {
  /** As given by the user; `--set`, `--profile` or `command line` for arguments. */
  readonly path: string;
  readonly text: string;
}

/** Half-open, in UTF-16 code units from the start of the text. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** Something wrong (`error`) or doubtful (`warning`) in what the user wrote. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  /** What is wrong, in terms of the user's file; expected and got. */
  readonly message: string;
  readonly at: Span;
  readonly related?: readonly { readonly message: string; readonly at: Span }[];
  /** The way out, where there is one: the nearest valid name, the list of choices. */
  readonly help?: string;
}
