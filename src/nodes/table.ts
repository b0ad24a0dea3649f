import type { Cell, TableValue } from '../artifact/table.ts';
import { defineKind, many } from '../kind/kind.ts';
import { summarise } from '../ops/statistics/summary.ts';
import { unknownName } from './feature-matrix.ts';
import {
  axisList,
  compareNames,
  measureColumns,
  type MeasuredColumn,
  type TableInputs,
} from './table-columns.ts';
import { tableParams, type TableParams } from './table-params.ts';
import type { Sample } from './table-samples.ts';

/** Statistics over seeds: mean, standard error, count and paired t-tests of collected results. */
export const table = defineKind({
  name: 'table',
  version: 2,
  summary:
    'A table of collected results: mean, standard error and number of replicates, tested against a baseline.',
  params: tableParams,
  inputs: {},
  openInputs: many(
    ['score', 'model'],
    'Results to put into columns; collected ([seed=*]) or one by one.',
  ),
  output: 'table',
  previews: true,
  async run(context) {
    const { params } = context;
    // The slots are the user's (`openInputs`): the type of `inputs` knows none of them.
    const inputs = context.inputs as TableInputs;
    const { pairedTTest } = await import('../ops/statistics/paired-t-test.ts');
    const measured = measureColumns(inputs, params);
    const rows = orderRows(measured, params);
    for (const line of oddities(inputs, params, rows)) context.log(line);
    const value: TableValue = {
      title: params.title,
      rowAxis: params.rows,
      rows,
      columns: measured.map(({ column }) => column),
      cells: rows.map((row) =>
        measured.map(({ samples }): Cell => {
          const sample = samples.get(row) ?? NO_SAMPLE;
          const pairs =
            params.baseline === undefined
              ? []
              : pairsOf(sample, samples.get(params.baseline) ?? NO_SAMPLE);
          const test = pairedTTest(
            pairs.map(([own]) => own),
            pairs.map(([, baseline]) => baseline),
          );
          return {
            ...summarise([...sample.values()]),
            pValue: test?.pValue ?? null,
          };
        }),
      ),
      baseline: params.baseline ?? null,
      replicates: replicateAxes(params).filter((axis) => hasAxis(inputs, axis)),
    };
    return { type: 'table', value, arrays: {} };
  },
});

const NO_SAMPLE: Sample = new Map();

/** Numbers of the replicates that both have. */
const pairsOf = (own: Sample, baseline: Sample): [number, number][] =>
  [...own].flatMap(([replicate, value]): [number, number][] => {
    const other = baseline.get(replicate);
    return other === undefined ? [] : [[value, other]];
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
