import type { Interval } from '../util/interval.ts';

/** One number of a table over its replicates (seeds). */
export interface Cell {
  /** Mean over the replicates, null where nothing was there to average. */
  readonly mean: number | null;
  /** Standard error of the mean: sample deviation (n - 1) / sqrt(n). Null for fewer than two replicates. */
  readonly standardError: number | null;
  /** Confidence interval of the mean, by Student's t. Null for fewer than two replicates. */
  readonly interval: Interval | null;
  /** Number of replicates. */
  readonly count: number;
  /** What the mean is of: replicate (`seed=0`) -> its number. */
  readonly sample: Readonly<Record<string, number>>;
  /** Two-sided paired t-test against the baseline's row over the same replicates; null where it cannot be made. */
  readonly pValue: number | null;
  /** The p-value corrected for the other tests of its family, all rows of one column; null where there is none. */
  readonly correctedPValue: number | null;
}

/** How a column's numbers are written. `percent` multiplies by 100 for people; stored numbers are never scaled. */
export type NumberFormat =
  | { readonly type: 'percent'; readonly digits: number }
  | { readonly type: 'number'; readonly digits: number };

/** What a column is called. */
export interface ColumnTitle {
  /** Heading that neighbouring columns of the same group share; null for a column on its own. */
  readonly group: string | null;
  readonly title: string;
}

/** A column of a table. */
export interface TableColumn extends ColumnTitle {
  readonly format: NumberFormat;
  /** What people see beside the mean. */
  readonly beside: 'standard-error' | 'interval' | 'nothing';
}

/** How tests of one column are corrected for their number. */
export const CORRECTIONS = ['holm', 'none'] as const;
export type Correction = (typeof CORRECTIONS)[number];

/** Spearman's rank correlation of two columns over rows. */
export interface TableCorrelation {
  readonly columns: readonly [ColumnTitle, ColumnTitle];
  /** Null where there are too few rows, or where a column is the same in all of them. */
  readonly value: number | null;
  /** Null for fewer than four rows. */
  readonly interval: Interval | null;
  /** Number of rows that have a number in both columns. */
  readonly count: number;
  /** How the interval is made. */
  readonly method: string;
}

/** Rows × columns of statistics over seeds. The array-free artifact that `run` prints at its end. */
export interface TableValue {
  readonly title: string;
  /** What the rows are: the name of an axis. */
  readonly rowAxis: string;
  readonly rows: readonly string[];
  readonly columns: readonly TableColumn[];
  /** `cells[row][column]`. */
  readonly cells: readonly (readonly Cell[])[];
  /** The row that the tests compare with, or null. */
  readonly baseline: string | null;
  /** Axes whose values are replicates: what means, standard errors and tests are over. */
  readonly replicates: readonly string[];
  /** Confidence level of the intervals. */
  readonly confidence: number;
  readonly correction: Correction;
  readonly correlations: readonly TableCorrelation[];
}

/** What a table will have, as far as that is known before anything has run. */
export interface TableOutline {
  readonly rows: readonly string[];
  /** Null where only the results tell. */
  readonly columns: readonly ColumnTitle[] | null;
}

/** A cell of nothing. */
export const EMPTY_CELL: Cell = {
  mean: null,
  standardError: null,
  interval: null,
  count: 0,
  sample: {},
  pValue: null,
  correctedPValue: null,
};

/** A column's name outside of its table: `CKA to softmax pool`. */
export const columnName = ({ group, title }: ColumnTitle): string =>
  group === null ? title : `${group} ${title}`;

/** Where the column is that a name means: its title, or, where several have that, group and title. */
export function findColumn(
  columns: readonly ColumnTitle[],
  name: string,
): number | 'unknown' | 'ambiguous' {
  const places = (matches: (column: ColumnTitle) => boolean): number[] =>
    columns.flatMap((column, place) => (matches(column) ? [place] : []));
  const byName = places((column) => columnName(column) === name);
  const found =
    byName.length > 0 ? byName : places(({ title }) => title === name);
  const [only] = found;
  if (only === undefined) return 'unknown';
  return found.length === 1 ? only : 'ambiguous';
}
