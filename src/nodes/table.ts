import { EMPTY_CELL, type TableValue } from '../artifact/table.ts';
import { defineKind, many } from '../kind/kind.ts';
import { unknownName } from './feature-matrix.ts';
import {
  axisList,
  compareNames,
  measureColumns,
  type MeasuredColumn,
  type TableInputs,
} from './table-columns.ts';
import { outlineTable } from './table-outline.ts';
import { tableParams, type TableParams } from './table-params.ts';

/** Statistics over seeds: mean, standard error, interval, count, paired t-tests and rank correlations of results. */
export const table = defineKind({
  name: 'table',
  version: 3,
  summary:
    'A table of collected results: mean, standard error, interval and number of replicates, tested against a baseline.',
  params: tableParams,
  inputs: {},
  openInputs: many(
    ['score', 'model', 'predictions'],
    'Results to put into columns; collected ([seed=*]) or one by one.',
  ),
  output: 'table',
  previews: true,
  facts: { compares: ({ rows }) => rows },
  outline: outlineTable,
  async run(context) {
    const { params } = context;
    // The slots are the user's (`openInputs`): the type of `inputs` knows none of them.
    const inputs = context.inputs as TableInputs;
    const statistics = await import('./table-statistics.ts');
    const measured = measureColumns(inputs, params);
    const rows = orderRows(measured, params);
    for (const line of oddities(inputs, params, rows)) context.log(line);
    const columns = measured.map(({ samples }) =>
      statistics.columnCells(rows, samples, params),
    );
    const cells = rows.map((_, row) =>
      columns.map((column) => column[row] ?? EMPTY_CELL),
    );
    const titles = measured.map(({ column }) => column);
    const value: TableValue = {
      title: params.title,
      rowAxis: params.rows,
      rows,
      columns: titles,
      cells,
      baseline: params.baseline ?? null,
      replicates: replicateAxes(params).filter((axis) => hasAxis(inputs, axis)),
      confidence: params.confidence,
      correction: params.correction,
      correlations: params.correlations.map((one) =>
        statistics.correlate(one, { rows, columns: titles, cells, params }),
      ),
    };
    return { type: 'table', value, arrays: {} };
  },
});

function orderRows(
  measured: readonly MeasuredColumn[],
  { order, baseline }: TableParams,
): string[] {
  const found = new Set(measured.flatMap(({ samples }) => [...samples.keys()]));
  if (baseline !== undefined && !found.has(baseline)) {
    throw unknownName('row', baseline, 'this table', [...found].sort());
  }
  const first = [...new Set([...order, baseline ?? ''])].filter((row) =>
    found.has(row),
  );
  const rest = [...found].filter((row) => !first.includes(row));
  return [...first, ...rest.sort(compareNames)];
}

/** Every axis of replicates that the parameters name, once. */
function replicateAxes(params: TableParams): string[] {
  const own = (params.columns ?? []).map(({ replicates }) => replicates ?? []);
  return [...new Set([params.replicates, ...own].flatMap(axisList))];
}

const hasAxis = (inputs: TableInputs, axis: string): boolean =>
  Object.values(inputs)
    .flat()
    .some(({ coordinates }) => Object.hasOwn(coordinates, axis));

/** What may be meant as it stands but looks like a slip; a profile, for one, may leave values of an axis out. */
function oddities(
  inputs: TableInputs,
  params: TableParams,
  rows: readonly string[],
): string[] {
  const missingRows = params.order.filter((row) => !rows.includes(row));
  const missingAxes = replicateAxes(params).filter(
    (axis) => !hasAxis(inputs, axis),
  );
  return [
    ...missingRows.map(
      (row) => `"order" names the row "${row}", for which there is nothing.`,
    ),
    ...missingAxes.map(
      (axis) =>
        `"replicates" names the axis "${axis}", which no input has: there is nothing to take a mean over.`,
    ),
  ];
}
