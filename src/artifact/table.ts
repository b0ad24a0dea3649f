/** One number of a table over its replicates (seeds). */
export interface Cell {
  /** Mean over the replicates, null where nothing was there to average. */
  readonly mean: number | null;
  /** Standard error of the mean: sample deviation (n - 1) / sqrt(n). Null for fewer than two replicates. */
  readonly standardError: number | null;
  /** Number of replicates. */
  readonly count: number;
  /** Two-sided paired t-test against the baseline's row over the same replicates; null where it cannot be made. */
  readonly pValue: number | null;
}

/** How a column's numbers are written. `percent` multiplies by 100 for people; stored numbers are never scaled. */
export type NumberFormat =
  | { readonly type: 'percent'; readonly digits: number }
  | { readonly type: 'number'; readonly digits: number };

/** A column of a table. */
export interface TableColumn {
  /** Heading that neighbouring columns of the same group share; null for a column on its own. */
  readonly group: string | null;
  readonly title: string;
  readonly format: NumberFormat;
  /** Whether people see the standard error beside the mean. */
  readonly showError: boolean;
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
}
