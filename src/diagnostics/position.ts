import type { SourceFile } from './diagnostic.ts';

/** A place as people and editors count it: from 1, columns in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where lines begin, by file; found once, since a file has many diagnostics. */
const lineStartsOf = new WeakMap<SourceFile, readonly number[]>();

function lineStarts(file: SourceFile): readonly number[] {
  const known = lineStartsOf.get(file);
  if (known !== undefined) return known;
  const starts = [0];
  for (
    let end = file.text.indexOf('\n');
    end !== -1;
    end = file.text.indexOf('\n', end + 1)
  ) {
    starts.push(end + 1);
  }
  lineStartsOf.set(file, starts);
  return starts;
}

/** Line and column of an offset; an offset beyond the text is its end. */
export function positionAt(file: SourceFile, offset: number): Position {
  const starts = lineStarts(file);
  const place = Math.max(0, Math.min(offset, file.text.length));
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: place - (starts[low] ?? 0) + 1 };
}

/** Offset of a line's first character and of its end, without the line break. */
export function lineAt(
  file: SourceFile,
  line: number,
): { readonly start: number; readonly end: number } {
  const starts = lineStarts(file);
  const start = starts[line - 1] ?? file.text.length;
  const next = starts[line];
  if (next === undefined) return { start, end: file.text.length };
  const end = file.text[next - 2] === '\r' ? next - 2 : next - 1;
  return { start, end: Math.max(start, end) };
}
