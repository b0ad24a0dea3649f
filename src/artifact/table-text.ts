import type { Cell, TableColumn, TableValue } from './table.ts';

/** How a table is laid out for people. */
export interface TableTextOptions {
  /** Columns of the terminal or page; wider tables are cut into blocks that repeat the row names. */
  readonly width: number;
  /** Whether headings are dimmed and marked cells set in bold by ANSI codes. */
  readonly color?: boolean;
}

/** Below this a cell is marked as different from the baseline. */
const SIGNIFICANT = 0.05;
const MARK = '*';
/** Titles up to this long are not broken: two lines would save no room worth it. */
const SHORT_TITLE = 8;
/** Where there is nothing to show. */
const MISSING = '–';
const GAP = '  ';

/** A column laid out: every line has `width` characters. */
interface Block {
  readonly group: string | null;
  readonly width: number;
  /** Bottom-aligned by whoever joins blocks. */
  readonly heading: readonly string[];
  readonly cells: readonly string[];
  /** Row -> whether its cell is marked. */
  readonly marked: readonly boolean[];
}

/**
 * The table for people: title, headings, a line a row, and below it what the numbers and marks mean. Cells that differ from
 * the baseline with p < 0.05 are marked.
 */
export function tableToText(
  table: TableValue,
  { width, color = false }: TableTextOptions,
): string {
  const names = table.rows.map(visible);
  const nameWidth = Math.max(0, ...names.map(lengthOf));
  const blocks = table.columns.map((column, at) =>
    columnBlock(
      column,
      table.cells.map((row) => row[at] ?? EMPTY),
    ),
  );
  const dim = color ? (text: string) => `\u001b[2m${text}\u001b[22m` : same;
  const bold = color ? (text: string) => `\u001b[1m${text}\u001b[22m` : same;

  const parts = inParts(blocks, width - nameWidth).map((part) => {
    const heading = headingLines(part).map((line) =>
      dim(`${' '.repeat(nameWidth)}${line}`.trimEnd()),
    );
    const lines = names.map((name, row) => {
      const cells = part.map(({ cells, marked }) => {
        const text = cells[row] ?? '';
        return GAP + (marked[row] === true ? bold(text) : text);
      });
      return (padEnd(name, nameWidth) + cells.join('')).trimEnd();
    });
    return [...heading, ...lines].join('\n');
  });
  const title = table.title === '' ? [] : [visible(table.title)];
  const notes = noteLines(table).flatMap((note) => wrapWords(note, width));
  return [
    ...title,
    ...parts,
    ...(notes.length === 0 ? [] : [notes.map(dim).join('\n')]),
  ].join('\n\n');
}

/**
 * The table as CSV (RFC 4180 with plain line feeds): a row a row, for each column its mean, standard error, number of
 * replicates and, where there is a baseline, p-value. Numbers have all their digits and are never scaled; what is missing
 * is empty.
 */
export function tableToCsv(table: TableValue): string {
  const hasTests = table.baseline !== null;
  const header = table.columns.flatMap(({ group, title }) => {
    const name = group === null ? title : `${group} ${title}`;
    return [
      name,
      `${name} standard error`,
      `${name} n`,
      ...(hasTests ? [`${name} p`] : []),
    ];
  });
  const rows = table.rows.map((name, row) => [
    name,
    ...table.columns.flatMap((_, column) => {
      const { mean, standardError, count, pValue } =
        table.cells[row]?.[column] ?? EMPTY;
      return [mean, standardError, count, ...(hasTests ? [pValue] : [])].map(
        (value) => (value === null ? '' : String(value)),
      );
    }),
  ]);
  return [[table.rowAxis, ...header], ...rows]
    .map((fields) => `${fields.map(csvField).join(',')}\n`)
    .join('');
}

const csvField = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const EMPTY: Cell = { mean: null, standardError: null, count: 0, pValue: null };

const same = (text: string): string => text;

/** Characters that a terminal would act on instead of showing them, escaped. */
const visible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Characters as a terminal counts them, but for wide ones. */
const lengthOf = (text: string): number => Array.from(text).length;
const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - lengthOf(text)));
const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - lengthOf(text))) + text;

const isMarked = ({ pValue }: Cell): boolean =>
  pValue !== null && pValue < SIGNIFICANT;

function columnBlock(column: TableColumn, cells: readonly Cell[]): Block {
  const { type, digits } = column.format;
  const text = (value: number): string =>
    (type === 'percent' ? 100 * value : value).toFixed(digits);
  const means = cells.map(({ mean }) => (mean === null ? MISSING : text(mean)));
  const errors = cells.map(({ standardError }) =>
    column.showError && standardError !== null
      ? `± ${text(standardError)}`
      : '',
  );
  const marked = cells.map(isMarked);
  const errorWidth = Math.max(...errors.map(lengthOf), 0);
  const markWidth = marked.includes(true) ? MARK.length : 0;
  const lines = means.map((mean, row) => {
    const error =
      errorWidth === 0 ? '' : ` ${padStart(errors[row] ?? '', errorWidth)}`;
    return mean + error + (marked[row] === true ? MARK : ' '.repeat(markWidth));
  });
  const bodyWidth = Math.max(...lines.map(lengthOf), 0);
  const heading = wrapTitle(visible(column.title), bodyWidth);
  const width = Math.max(bodyWidth, ...heading.map(lengthOf));
  return {
    group: column.group === null ? null : visible(column.group),
    width,
    heading: heading.map((line) => padStart(line, width)),
    cells: lines.map((line) => padStart(line, width)),
    marked,
  };
}

/** A title over one line where it fits, else over two lines as narrow as can be, broken at a space or after a hyphen. */
function wrapTitle(title: string, bodyWidth: number): string[] {
  let best = [title];
  if (lengthOf(title) <= Math.max(bodyWidth, SHORT_TITLE)) return best;
  let bestWidth = lengthOf(title);
  for (const { index } of title.matchAll(/ |-(?=[^\s-])/g)) {
    const cut = title[index] === '-' ? index + 1 : index;
    const lines = [title.slice(0, cut), title.slice(cut).trimStart()];
    const width = Math.max(...lines.map(lengthOf));
    if (width < bestWidth) {
      best = lines;
      bestWidth = width;
    }
  }
  return best;
}

/** Columns that fit beside the row names, part by part; at least one in each. */
function inParts(blocks: readonly Block[], room: number): Block[][] {
  const parts: Block[][] = [];
  let part: Block[] = [];
  let used = 0;
  for (const block of blocks) {
    const needed = GAP.length + block.width;
    if (part.length > 0 && used + needed > room) {
      parts.push(part);
      part = [];
      used = 0;
    }
    part.push(block);
    used += needed;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

/** The lines above the numbers of a part, without the room of the row names. */
function headingLines(part: readonly Block[]): string[] {
  const runs: Block[][] = [];
  for (const block of part) {
    const run = runs.at(-1);
    if (
      run !== undefined &&
      block.group !== null &&
      run[0]?.group === block.group
    ) {
      run.push(block);
    } else {
      runs.push([block]);
    }
  }
  const headings = runs.map((run) => runHeading(run));
  const height = Math.max(...headings.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    headings
      .map((lines) => {
        const above = height - lines.length;
        return (
          GAP + (lines[line - above] ?? ' '.repeat(lengthOf(lines[0] ?? '')))
        );
      })
      .join(''),
  );
}

/** Headings side by side and, above them, the group that they share: lines of one length. */
function runHeading(run: readonly Block[]): string[] {
  const height = Math.max(...run.map(({ heading }) => heading.length));
  const titles = Array.from({ length: height }, (_, line) =>
    run
      .map(
        ({ heading, width }) =>
          heading[line - (height - heading.length)] ?? ' '.repeat(width),
      )
      .join(GAP),
  );
  const group = run[0]?.group ?? null;
  if (group === null) return titles;
  const width = lengthOf(titles[0] ?? '');
  const above = wrapWords(group, width).map((line) => {
    const cut =
      lengthOf(line) > width
        ? `${Array.from(line)
            .slice(0, width - 1)
            .join('')}…`
        : line;
    return padStart(
      padEnd(cut, Math.floor((width + lengthOf(cut)) / 2)),
      width,
    );
  });
  return [...above, ...titles];
}

/** What the numbers are: what they are means of, and what the mark says. */
function noteLines({
  cells,
  columns,
  replicates,
  baseline,
}: TableValue): string[] {
  const flat = cells.flat();
  const counts = flat.map(({ count }) => count).filter((count) => count > 0);
  const notes: string[] = [];
  if (Math.max(0, ...counts) > 1) {
    const least = Math.min(...counts);
    const most = Math.max(...counts);
    const n = least === most ? String(least) : `${least} to ${most}`;
    const what = columns.some(({ showError }) => showError)
      ? 'Mean ± standard error'
      : 'Mean';
    notes.push(`${what} over ${replicates.join(', ')}, n = ${n}.`);
  }
  if (baseline !== null && flat.some(({ pValue }) => pValue !== null)) {
    const test = `two-sided paired t-test, p < ${SIGNIFICANT}`;
    notes.push(
      flat.some(isMarked)
        ? `${MARK} differs from ${visible(baseline)} (${test}).`
        : `No cell differs from ${visible(baseline)} (${test}).`,
    );
  }
  return notes;
}

/** A text in lines of at most `width`, broken at spaces; a longer word has a line of its own. */
function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && lengthOf(last) + 1 + lengthOf(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
