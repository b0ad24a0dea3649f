import {
  columnName,
  findColumn,
  type Cell,
  type ColumnTitle,
  type TableColumn,
  type TableCorrelation,
} from '../artifact/table.ts';
import { NodeError } from '../kind/kind.ts';
import { holm } from '../ops/statistics/holm.ts';
import { meanInterval } from '../ops/statistics/mean-interval.ts';
import { pairedTTest } from '../ops/statistics/paired-t-test.ts';
import {
  RANK_INTERVAL_METHOD,
  rankCorrelation,
} from '../ops/statistics/rank-correlation.ts';
import { summarise } from '../ops/statistics/summary.ts';
import { unknownName } from './feature-matrix.ts';
import type { CorrelationParams, TableParams } from './table-params.ts';
import type { Sample, Samples } from './table-samples.ts';

const NO_SAMPLE: Sample = new Map();

/** The cells of one column, a row each; their tests against the baseline are one family. */
export function columnCells(
  rows: readonly string[],
  samples: Samples,
  { baseline, confidence, correction }: TableParams,
): readonly Cell[] {
  const reference =
    baseline === undefined ? NO_SAMPLE : (samples.get(baseline) ?? NO_SAMPLE);
  const pValues = rows.map((row) =>
    row === baseline
      ? null
      : pairedPValue(samples.get(row) ?? NO_SAMPLE, reference),
  );
  const family = pValues.filter((value) => value !== null);
  const corrected = correction === 'holm' ? holm(family) : family;
  let tests = 0;
  return rows.map((row, place): Cell => {
    const sample = samples.get(row) ?? NO_SAMPLE;
    const values = [...sample.values()];
    const pValue = pValues[place] ?? null;
    return {
      ...summarise(values),
      interval: meanInterval(values, confidence),
      // Sorted: the order of axes in a family is not part of the key of its members.
      sample: Object.fromEntries(
        [...sample].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
      ),
      pValue,
      correctedPValue: pValue === null ? null : (corrected[tests++] ?? null),
    };
  });
}

/** Over the replicates that both have. */
function pairedPValue(own: Sample, baseline: Sample): number | null {
  const pairs = [...own].flatMap(([replicate, value]): [number, number][] => {
    const other = baseline.get(replicate);
    return other === undefined ? [] : [[value, other]];
  });
  const test = pairedTTest(
    pairs.map(([value]) => value),
    pairs.map(([, other]) => other),
  );
  return test?.pValue ?? null;
}

/**
 * Rank correlation of two columns, over the means of the rows that have both.
 *
 * @throws {NodeError} if a column is not there, or if several bear its name.
 */
export function correlate(
  { columns: names, except }: CorrelationParams,
  table: {
    readonly rows: readonly string[];
    readonly columns: readonly TableColumn[];
    readonly cells: readonly (readonly Cell[])[];
    readonly params: TableParams;
  },
): TableCorrelation {
  const { columns, cells, params } = table;
  const [left = '', right = ''] = names;
  const [a, b] = [placeOf(left, columns), placeOf(right, columns)];
  const pairs = table.rows.flatMap((row, place): [number, number][] => {
    const x = cells[place]?.[a]?.mean ?? null;
    const y = cells[place]?.[b]?.mean ?? null;
    return x === null || y === null || except.includes(row) ? [] : [[x, y]];
  });
  return {
    columns: [titleAt(a, columns), titleAt(b, columns)],
    ...rankCorrelation(
      pairs.map(([x]) => x),
      pairs.map(([, y]) => y),
      params.confidence,
    ),
    method: RANK_INTERVAL_METHOD,
  };
}

const titleAt = (
  place: number,
  columns: readonly TableColumn[],
): ColumnTitle => {
  const { group = null, title = '' } = columns[place] ?? {};
  return { group, title };
};

function placeOf(name: string, columns: readonly TableColumn[]): number {
  const place = findColumn(columns, name);
  if (place === 'unknown') {
    throw unknownName('column', name, 'this table', columns.map(columnName));
  }
  if (place === 'ambiguous') {
    throw new NodeError(
      `Several columns are called "${name}": write the group before the title, or give them titles of their own.`,
    );
  }
  return place;
}
