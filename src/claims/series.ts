import {
  columnName,
  findColumn,
  type Cell,
  type NumberFormat,
  type TableValue,
} from '../artifact/table.ts';
import { didYouMean, quoted } from '../diagnostics/text.ts';
import type { QuantityByReplicate } from './claim.ts';

/** Replicate -> its number. */
export type Sample = ReadonlyMap<string, number>;

/** A number with one value for each replicate. */
export interface Series {
  /** The row that it is of, or two of them; null for one over all rows. */
  readonly label: string | null;
  readonly sample: Sample;
}

/** What a claim can't be checked for; the message is a sentence for people. */
export class ClaimError extends Error {
  override readonly name = 'ClaimError';
}

/** The cells of a column by row, and how its numbers are written. */
export interface Column {
  readonly cells: ReadonlyMap<string, Cell>;
  readonly format: NumberFormat;
}

/** @throws {ClaimError} if there is no such column, or if several bear the name. */
export function columnOf(table: TableValue, name: string): Column {
  const place = findColumn(table.columns, name);
  const column = typeof place === 'number' ? table.columns[place] : undefined;
  if (typeof place !== 'number' || column === undefined) {
    const near = didYouMean(name, table.columns.map(columnName));
    throw new ClaimError(
      place === 'ambiguous'
        ? `Several columns of the table are called ${quoted(name)}.`
        : `The table has no column ${quoted(name)}.${near === undefined ? '' : ` ${near}`}`,
    );
  }
  const cells = table.rows.flatMap((row, at): [string, Cell][] => {
    const cell = table.cells[at]?.[place];
    return cell === undefined ? [] : [[row, cell]];
  });
  return { cells: new Map(cells), format: column.format };
}

/** The rows that a quantity is about, in its own order or in that of the table. */
export const rowsOf = (
  table: TableValue,
  chosen: {
    readonly rows?: readonly string[] | undefined;
    readonly except: readonly string[];
  },
): readonly string[] =>
  (chosen.rows ?? table.rows).filter((row) => !chosen.except.includes(row));

/**
 * The numbers that a quantity stands for, each with a value for every replicate that has all it takes.
 *
 *     mean: x[row, replicate]                        difference: x[row, replicate] − x[from, replicate]
 *     steps: x[row, replicate] − x[row before, replicate]
 *     spread: max over rows of x[row, replicate] − min over rows of x[row, replicate]
 *
 * @throws {ClaimError} if the table lacks a column.
 */
export function seriesOf(
  quantity: QuantityByReplicate,
  table: TableValue,
): readonly Series[] {
  const { cells } = columnOf(table, quantity.column);
  const sampleOf = (row: string): Sample =>
    new Map(Object.entries(cells.get(row)?.sample ?? {}));
  switch (quantity.type) {
    case 'mean':
      return rowsOf(table, quantity).map((row) => ({
        label: row,
        sample: sampleOf(row),
      }));
    case 'difference': {
      const reference = sampleOf(quantity.from);
      return rowsOf(table, quantity)
        .filter((row) => row !== quantity.from)
        .map((row) => ({
          label: row,
          sample: combine([sampleOf(row), reference], minus),
        }));
    }
    case 'steps':
      return quantity.rows.slice(1).map((row, at) => {
        const before = quantity.rows[at] ?? '';
        return {
          label: `${before} to ${row}`,
          sample: combine([sampleOf(row), sampleOf(before)], minus),
        };
      });
    case 'spread': {
      const samples = rowsOf(table, quantity).map(sampleOf);
      const sample = combine(
        samples,
        (values) => Math.max(...values) - Math.min(...values),
      );
      return [{ label: null, sample }];
    }
  }
}

const minus = ([left = NaN, right = NaN]: readonly number[]): number =>
  left - right;

/** A number of each replicate that all samples have. */
export function combine(
  samples: readonly Sample[],
  make: (values: readonly number[]) => number,
): Sample {
  const [first = new Map<string, number>()] = samples;
  const made = new Map<string, number>();
  for (const replicate of first.keys()) {
    const values = samples.flatMap((sample) => sample.get(replicate) ?? []);
    if (values.length === samples.length) made.set(replicate, make(values));
  }
  return made;
}
