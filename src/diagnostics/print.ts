import picocolors from 'picocolors';
import type { JsonObject } from '../util/json.ts';
import type { Diagnostic, Span } from './diagnostic.ts';
import { excerptOf } from './excerpt.ts';
import { positionAt } from './position.ts';
import { counted } from './text.ts';
import { visible } from '../util/visible.ts';

/** How many diagnostics are shown to people; more are counted. */
const MAX_SHOWN = 100;

/** How many places that belong to one diagnostic are shown: a cycle can have thousands of edges. */
const MAX_RELATED = 50;

/** How diagnostics are printed. */
export interface PrintOptions {
  /** Whether escape sequences colour the text: on a terminal, unless `NO_COLOR` is set. */
  readonly color: boolean;
}

type Colors = ReturnType<typeof picocolors.createColors>;

/** `pipelines/demo.yaml:9:18` */
function placeOf({ file, start }: Span): string {
  const { line, column } = positionAt(file, start);
  return `${visible(file.path)}:${line}:${column}`;
}

/** The excerpt and its underline, each on a line, indented. */
function excerptLines(at: Span, indent: string, colors: Colors): string[] {
  const excerpt = excerptOf(at);
  return excerpt === null
    ? []
    : [
        `${indent}${colors.dim(excerpt.line)}`,
        `${indent}${colors.yellow(excerpt.underline)}`,
      ];
}

function linesOf(diagnostic: Diagnostic, colors: Colors): string[] {
  const { severity, code, message, at, related, help } = diagnostic;
  const unshown = (related?.length ?? 0) - MAX_RELATED;
  const isError = severity === 'error';
  const label = isError
    ? colors.red(code)
    : `${colors.yellow(code)} ${colors.yellow('warning:')}`;
  return [
    `${colors.bold(placeOf(at))} ${label} ${visible(message)}`,
    ...excerptLines(at, '  ', colors),
    ...(related ?? [])
      .slice(0, MAX_RELATED)
      .flatMap((one) => [
        `  ${placeOf(one.at)} ${visible(one.message)}`,
        ...excerptLines(one.at, '    ', colors),
      ]),
    ...(unshown > 0 ? [`  … and ${counted(unshown, 'more place')}.`] : []),
    ...(help === undefined
      ? []
      : [`  ${colors.cyan('help:')} ${visible(help)}`]),
  ];
}

/** The first hundred, warnings only where errors leave room. */
function chooseShown(
  diagnostics: readonly Diagnostic[],
): ReadonlySet<Diagnostic> {
  const [errors, warnings] = (['error', 'warning'] as const).map((severity) =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity),
  );
  return new Set([...(errors ?? []), ...(warnings ?? [])].slice(0, MAX_SHOWN));
}

/**
 * Diagnostics as people read them: place, code and message, the line with the place marked, related places, the way out.
 * After a hundred the rest is counted. Each ends with a line break; without diagnostics the text is empty.
 */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  { color }: PrintOptions,
): string {
  const colors = picocolors.createColors(color);
  const shown = chooseShown(diagnostics);
  const blocks = diagnostics
    .filter((diagnostic) => shown.has(diagnostic))
    .map((diagnostic) => `${linesOf(diagnostic, colors).join('\n')}\n`);
  const more = diagnostics.filter((diagnostic) => !shown.has(diagnostic));
  const [only] = more;
  // The list itself may end with a count of what it leaves out.
  if (more.length === 1 && only !== undefined) {
    blocks.push(`${linesOf(only, colors).join('\n')}\n`);
  } else if (more.length > 0) {
    blocks.push(`… and ${counted(more.length, 'more problem')}.\n`);
  }
  return blocks.join('\n');
}

/** Diagnostics as programs read them (design, section 9). */
export const diagnosticsToJson = (
  diagnostics: readonly Diagnostic[],
): JsonObject => ({
  diagnostics: diagnostics.map(({ code, severity, message, at, help }) => {
    const start = positionAt(at.file, at.start);
    const end = positionAt(at.file, Math.max(at.start, at.end));
    return {
      code,
      severity,
      message: visible(message),
      file: at.file.path,
      line: start.line,
      column: start.column,
      endLine: end.line,
      endColumn: end.column,
      help: help === undefined ? null : visible(help),
    };
  }),
});
