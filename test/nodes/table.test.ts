import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Member } from '../../src/artifact/artifact.ts';
import {
  EMPTY_CELL,
  type Cell,
  type TableValue,
} from '../../src/artifact/table.ts';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import type { TableParams } from '../../src/nodes/table-params.ts';
import { outlineTable } from '../../src/nodes/table-outline.ts';
import { table } from '../../src/nodes/table.ts';
import { holm } from '../../src/ops/statistics/holm.ts';
import { meanInterval } from '../../src/ops/statistics/mean-interval.ts';
import { pairedTTest } from '../../src/ops/statistics/paired-t-test.ts';
import { rankCorrelation } from '../../src/ops/statistics/rank-correlation.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { scoreAt } from '../support/members.ts';
import { runKind } from '../support/run-kind.ts';

type Inputs = Readonly<Record<string, readonly Member[]>>;

async function run(
  params: JsonObject,
  inputs: Inputs,
  log: string[] = [],
): Promise<TableValue> {
  const made = await runKind(table, params, inputs, {
    heard: { progress: [], log },
  });
  return made.value;
}
const at = (value: TableValue, row: string, column = 0): Cell => {
  const cell = value.cells[value.rows.indexOf(row)]?.[column];
  assert.ok(cell !== undefined);
  return cell;
};
const near = (actual: number | null, expected: number) => {
  assert.ok(
    actual !== null && Math.abs(actual - expected) < 1e-12,
    `${actual}`,
  );
};

// Accuracy by objective, seed and target; two targets of very different level.
const ACCURACY: Readonly<
  Record<string, Readonly<Record<string, readonly number[]>>>
> = {
  softmax: { digits: [0.9, 0.92, 0.91], held: [0.5, 0.54, 0.52] },
  squared: { digits: [0.88, 0.89, 0.875], held: [0.4, 0.47, 0.41] },
  cosine: { digits: [0.87, 0.93, 0.9], held: [0.45, 0.56, 0.5] },
};
const probes = Object.entries(ACCURACY).flatMap(([loss, targets]) =>
  Object.entries(targets).flatMap(([target, values]) =>
    values.map((accuracy, seed) =>
      scoreAt(
        { loss, seed: String(seed), target },
        { accuracy, penalty: 1, path: [] },
      ),
    ),
  ),
);
const meansOf = (loss: string): number[] =>
  [0, 1, 2].map(
    (seed) =>
      (ACCURACY[loss]!['digits']![seed]! + ACCURACY[loss]!['held']![seed]!) / 2,
  );
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const transfer = { rows: 'loss', columns: [{ value: 'accuracy' }] };

test('other axes are averaged first, statistics are over replicates', async () => {
  const value = await run(transfer, { probes });
  for (const loss of Object.keys(ACCURACY)) {
    const means = meansOf(loss);
    const cell = at(value, loss);
    near(cell.mean, mean(means));
    assert.equal(cell.count, 3);
    const squares = means.reduce((sum, x) => sum + (x - mean(means)) ** 2, 0);
    near(cell.standardError, Math.sqrt(squares / 2 / 3));
    assert.equal(cell.pValue, null);
  }
  assert.deepEqual(value.replicates, ['seed']);
  assert.equal(value.rowAxis, 'loss');
});

test('tests against the baseline are paired by replicate', async () => {
  const value = await run({ ...transfer, baseline: 'softmax' }, { probes });
  assert.deepEqual(value.rows, ['softmax', 'cosine', 'squared']);
  assert.equal(at(value, 'softmax').pValue, null);
  const expected = pairedTTest(meansOf('squared'), meansOf('softmax'));
  near(at(value, 'squared').pValue, expected?.pValue ?? NaN);
  // Seeds are matched by name, whatever the order in which members come.
  const shuffled = await run(
    { ...transfer, baseline: 'softmax' },
    { probes: probes.toReversed() },
  );
  assert.deepEqual(shuffled, value);
});

test('only replicates that both have enter a test', async () => {
  const without = probes.filter(
    ({ coordinates }) =>
      !(coordinates['loss'] === 'softmax' && coordinates['seed'] === '1'),
  );
  const value = await run(
    { ...transfer, baseline: 'softmax' },
    { probes: without },
  );
  const [a = NaN, , c = NaN] = meansOf('squared');
  const [x = NaN, , z = NaN] = meansOf('softmax');
  near(at(value, 'squared').pValue, pairedTTest([a, c], [x, z])?.pValue ?? NaN);
  assert.equal(at(value, 'softmax').count, 2);
  assert.equal(at(value, 'squared').count, 3);
});

test('a replicate that lacks a part of the average is left out', async () => {
  const without = probes.filter(
    ({ coordinates: { loss, seed, target } }) =>
      !(loss === 'softmax' && seed === '1' && target === 'held'),
  );
  const value = await run(transfer, { probes: without });
  const [a = NaN, , c = NaN] = meansOf('softmax');
  near(at(value, 'softmax').mean, (a + c) / 2);
  assert.equal(at(value, 'softmax').count, 2);
});

test('a split column becomes one column for each value, under its title', async () => {
  const value = await run(
    {
      rows: 'loss',
      columns: [
        {
          title: 'transfer',
          value: 'accuracy',
          'split-by': 'target',
          format: 'percent',
        },
      ],
    },
    { probes },
  );
  assert.deepEqual(
    value.columns.map(({ group, title, format }) => ({ group, title, format })),
    ['digits', 'held'].map((title) => ({
      group: 'transfer',
      title,
      format: { type: 'percent', digits: 1 },
    })),
  );
  near(at(value, 'squared', 1).mean, mean(ACCURACY['squared']!['held']!));
});

test('a column may fix an axis, take its rows from another one, and have other replicates', async () => {
  const similarity = ['softmax', 'squared'].flatMap((a) =>
    ['softmax', 'squared'].flatMap((b) =>
      ['one', 'two'].map((pair, i) =>
        scoreAt(
          { a, b, pair },
          { layers: { pool: (a === b ? 0.9 : 0.6) + 0.02 * i } },
        ),
      ),
    ),
  );
  const value = await run(
    {
      rows: 'loss',
      columns: [
        { input: 'probes', value: 'accuracy' },
        {
          input: 'similarity',
          value: 'layers.pool',
          rows: 'b',
          where: { a: 'softmax' },
          replicates: ['pair'],
          title: 'pool',
          group: 'CKA to softmax',
          digits: 2,
          'standard-error': false,
        },
      ],
    },
    { probes, similarity },
  );
  near(at(value, 'squared', 1).mean, 0.61);
  near(at(value, 'softmax', 1).mean, 0.91);
  assert.equal(at(value, 'softmax', 1).count, 2);
  // "cosine" has no similarity: an empty cell.
  assert.deepEqual(at(value, 'cosine', 1), EMPTY_CELL);
  assert.deepEqual(value.columns[1], {
    group: 'CKA to softmax',
    title: 'pool',
    format: { type: 'number', digits: 2 },
    beside: 'nothing',
  });
  assert.deepEqual(value.replicates, ['seed', 'pair']);
});

test('several axes may be replicates together', async () => {
  const value = await run(
    { ...transfer, replicates: ['seed', 'target'] },
    { probes },
  );
  assert.equal(at(value, 'softmax').count, 6);
});

test('without columns every number of every input has one', async () => {
  const one = await run({ rows: 'loss' }, { probes });
  assert.deepEqual(
    one.columns.map(({ group, title }) => ({ group, title })),
    [
      { group: null, title: 'accuracy' },
      { group: null, title: 'penalty' },
    ],
  );
  const separation = ['softmax', 'squared'].map((loss) =>
    scoreAt({ loss, seed: '0' }, { r2: loss === 'softmax' ? 0.4 : null }),
  );
  // The order in which the file names the inputs is not part of a key.
  const two = await run({ rows: 'loss' }, { separation, probes });
  assert.deepEqual(
    two.columns.map(({ group, title }) => `${group ?? ''} ${title}`),
    ['probes accuracy', 'probes penalty', 'separation r2'],
  );
  assert.equal(at(two, 'squared', 2).count, 0);
});

test('a measure without a number is a missing replicate', async () => {
  const members = [0.4, null, 0.5].map((r2, seed) =>
    scoreAt({ loss: 'softmax', seed: String(seed) }, { r2 }),
  );
  const value = await run(
    { rows: 'loss', columns: [{ value: 'r2' }] },
    { members },
  );
  near(at(value, 'softmax').mean, 0.45);
  assert.equal(at(value, 'softmax').count, 2);
});

test('rows stand in the order asked for, then the baseline, then by name, numbers by size', async () => {
  const rows = ['10', '9', 'b', 'a', '0.5', 'softmax'];
  const members = rows.map((row) => scoreAt({ row, seed: '0' }, { x: 1 }));
  const params = { rows: 'row', columns: [{ value: 'x' }] };
  assert.deepEqual((await run(params, { members })).rows, [
    '0.5',
    '9',
    '10',
    'a',
    'b',
    'softmax',
  ]);
  const log: string[] = [];
  const ordered = await run(
    { ...params, baseline: 'softmax', order: ['b', '10', 'gone'] },
    { members },
    log,
  );
  assert.deepEqual(ordered.rows, ['b', '10', 'softmax', '0.5', '9', 'a']);
  assert.deepEqual(log, [
    '"order" names the row "gone", for which there is nothing.',
  ]);
});

test('replicates that no input has are logged; all members are one replicate', async () => {
  const log: string[] = [];
  const value = await run({ ...transfer, replicates: 'sed' }, { probes }, log);
  assert.equal(at(value, 'softmax').count, 1);
  near(at(value, 'softmax').mean, mean(meansOf('softmax')));
  assert.deepEqual(value.replicates, []);
  assert.deepEqual(log, [
    '"replicates" names the axis "sed", which no input has: there is nothing to take a mean over.',
  ]);
});

test('whatever is not there is named with the nearest thing that is', async () => {
  const cases: readonly (readonly [JsonObject, RegExp])[] = [
    [
      { rows: 'loss', columns: [{ value: 'acuracy' }] },
      /^NodeError: There is no number at "acuracy" in member \[loss=softmax,seed=0,target=digits\] of input "probes", which has "accuracy", "penalty"\. Did you mean "accuracy"\?$/,
    ],
    [
      { rows: 'loss', columns: [{ value: 'path' }] },
      /There is no number at "path"/,
    ],
    [
      { rows: 'los', columns: [{ value: 'accuracy' }] },
      /There is no axis "los" in member .*, which has "loss", "seed", "target"\. Did you mean "loss"\?/,
    ],
    [
      {
        rows: 'loss',
        columns: [{ value: 'accuracy', where: { target: 'digit' } }],
      },
      /There is no value "digit" in axis "target" of input "probes", which has "digits", "held"\. Did you mean "digits"\?/,
    ],
    [
      {
        rows: 'loss',
        columns: [{ value: 'accuracy', where: { targt: 'digits' } }],
      },
      /There is no axis "targt" .*Did you mean "target"\?/,
    ],
    [
      { rows: 'loss', columns: [{ value: 'accuracy', input: 'probe' }] },
      /There is no input "probe" in this node, which has "probes"\. Did you mean "probes"\?/,
    ],
    [
      { ...transfer, baseline: 'sofmax' },
      /There is no row "sofmax" in this table, which has "cosine", "softmax", "squared"\. Did you mean "softmax"\?/,
    ],
  ];
  for (const [params, message] of cases) {
    await assert.rejects(run(params, { probes }), message);
  }
  await assert.rejects(
    run(transfer, { probes, others: probes }),
    /The column "accuracy" must name its "input", one of "others", "probes"\./,
  );
});

test('two members with the same coordinates are refused', async () => {
  const twice = [
    scoreAt({ loss: 'softmax', seed: '0' }, { x: 1 }),
    scoreAt({ seed: '0', loss: 'softmax' }, { x: 2 }),
  ];
  await assert.rejects(
    run({ rows: 'loss', columns: [{ value: 'x' }] }, { twice }),
    /Input "twice" has two members \[seed=0,loss=softmax\]: put them into inputs of their own\./,
  );
});

test('families that name their axes in another order are averaged over together', async () => {
  const members = [
    scoreAt({ loss: 'softmax', target: 'a', layer: 'x', seed: '0' }, { x: 1 }),
    scoreAt({ loss: 'softmax', layer: 'x', target: 'b', seed: '0' }, { x: 2 }),
    scoreAt({ loss: 'softmax', layer: 'x', target: 'a', seed: '1' }, { x: 3 }),
    scoreAt({ loss: 'softmax', target: 'b', layer: 'x', seed: '1' }, { x: 4 }),
  ];
  const value = await run(
    { rows: 'loss', columns: [{ value: 'x' }] },
    { members },
  );
  near(at(value, 'softmax').mean, 2.5);
  assert.equal(at(value, 'softmax').count, 2);
});

test('the order in which members come changes no digit of a mean within a replicate', async () => {
  // Added up as they come: 0.07999999999999999 and 0.08.
  const members = [0.01, 0.02, 0.21].map((x, target) =>
    scoreAt({ loss: 'softmax', seed: '0', target: String(target) }, { x }),
  );
  const [first, second, third] = members;
  assert.ok(first && second && third);
  const params = { rows: 'loss', columns: [{ value: 'x' }] };
  assert.deepEqual(
    await run(params, { members: [second, first, third] }),
    await run(params, { members }),
  );
});

test('each column is tested against its own baseline', async () => {
  const params = {
    rows: 'loss',
    baseline: 'softmax',
    columns: [
      { value: 'accuracy', where: { target: 'digits' } },
      { value: 'accuracy', where: { target: 'held' } },
    ],
  };
  const value = await run(params, { probes });
  const [digits, held] = ['digits', 'held'].map(
    (target) =>
      pairedTTest(
        ACCURACY['squared']?.[target] ?? [],
        ACCURACY['softmax']?.[target] ?? [],
      )?.pValue ?? NaN,
  );
  near(at(value, 'squared', 0).pValue, digits ?? NaN);
  near(at(value, 'squared', 1).pValue, held ?? NaN);
});

test('a fixed value may be written as a number', async () => {
  const value = await run(
    { rows: 'loss', columns: [{ value: 'accuracy', where: { seed: 1 } }] },
    { probes },
  );
  near(at(value, 'softmax').mean, meansOf('softmax')[1]!);
  assert.equal(at(value, 'softmax').count, 1);
});

test('a cell keeps what each replicate gave, and its interval is of them at the level asked for', async () => {
  for (const confidence of [undefined, 0.8]) {
    const params = confidence === undefined ? {} : { confidence };
    const value = await run({ ...transfer, ...params }, { probes });
    const cell = at(value, 'squared');
    assert.deepEqual(Object.keys(cell.sample), ['seed=0', 'seed=1', 'seed=2']);
    meansOf('squared').forEach((expected, seed) => {
      near(cell.sample[`seed=${seed}`] ?? null, expected);
    });
    const expected = meanInterval(meansOf('squared'), confidence ?? 0.95);
    assert.deepEqual(cell.interval, expected);
    assert.equal(value.confidence, confidence ?? 0.95);
  }
});

test('a replicate of several axes, or of none, has a name too', async () => {
  const both = await run(
    { ...transfer, replicates: ['target', 'seed'] },
    { probes },
  );
  assert.deepEqual(Object.keys(at(both, 'softmax').sample).slice(0, 2), [
    'target=digits,seed=0',
    'target=digits,seed=1',
  ]);
  const none = await run({ ...transfer, replicates: 'sed' }, { probes });
  assert.deepEqual(Object.keys(at(none, 'softmax').sample), ['']);
});

test('p-values are corrected over the rows of a column, and only there', async () => {
  const columns = ['digits', 'held'].map((target) => ({
    value: 'accuracy',
    where: { target },
  }));
  const params = { rows: 'loss', baseline: 'softmax', columns };
  const value = await run(params, { probes });
  for (const [place] of columns.entries()) {
    const [cosine = NaN, squared = NaN] = ['cosine', 'squared'].map(
      (row) => at(value, row, place).pValue ?? NaN,
    );
    const expected = holm([cosine, squared]);
    assert.equal(at(value, 'cosine', place).correctedPValue, expected[0]);
    assert.equal(at(value, 'squared', place).correctedPValue, expected[1]);
    assert.ok(Math.max(...expected) < 1 && squared !== expected[1]);
  }
  assert.equal(at(value, 'softmax').correctedPValue, null);
  const raw = await run({ ...params, correction: 'none' }, { probes });
  assert.equal(at(raw, 'squared').correctedPValue, at(value, 'squared').pValue);
});

test('a test that can not be made does not count in the family', async () => {
  const rows = { softmax: [1, 2, 3], one: [1.5, 2.4, 3.6], same: [2, 3, 4] };
  const members = Object.entries(rows).flatMap(([loss, values]) =>
    values.map((x, seed) => scoreAt({ loss, seed: String(seed) }, { x })),
  );
  const params = { rows: 'loss', baseline: 'softmax' };
  const value = await run(params, { members });
  // The differences of "same" have no spread.
  assert.equal(at(value, 'same').correctedPValue, null);
  assert.equal(at(value, 'one').correctedPValue, at(value, 'one').pValue);
});

test('two columns are correlated over the means of their rows, but for those left out', async () => {
  const rows = { a: [1, 4], b: [2, 3], c: [3, 1], d: [4, 2], e: [9, 9] };
  const members = Object.entries(rows).flatMap(([loss, [x = 0, y = 0]]) =>
    [-0.1, 0.1].map((noise, seed) =>
      scoreAt({ loss, seed: String(seed) }, { x: x + noise, y: y - noise }),
    ),
  );
  const columns = [
    { value: 'x', title: 'left' },
    { value: 'y', title: 'right', group: 'other' },
  ];
  const value = await run(
    {
      ...{ rows: 'loss', columns },
      correlations: [
        { columns: ['left', 'right'], except: ['e'] },
        { columns: ['left', 'other right'] },
      ],
    },
    { members },
  );
  const titles = [
    { group: null, title: 'left' },
    { group: 'other', title: 'right' },
  ];
  const without = rankCorrelation([1, 2, 3, 4], [4, 3, 1, 2], 0.95);
  const whole = rankCorrelation([1, 2, 3, 4, 9], [4, 3, 1, 2, 9], 0.95);
  assert.deepEqual(
    value.correlations.map(({ method, ...rest }) => {
      assert.match(method, /Fisher/);
      return rest;
    }),
    [
      { columns: titles, ...without },
      { columns: titles, ...whole },
    ],
  );
  assert.equal(without.value, -0.8);
  await assert.rejects(
    run(
      { rows: 'loss', columns, correlations: [{ columns: ['lft', 'right'] }] },
      { members },
    ),
    /There is no column "lft" in this table, which has "left", "other right"\. Did you mean "left"\?/,
  );
  await assert.rejects(
    run(
      {
        ...{ rows: 'loss', columns: [...columns, ...columns] },
        correlations: [{ columns: ['left', 'right'] }],
      },
      { members },
    ),
    /Several columns are called "left"/,
  );
});

test('what a table will have is known before it runs, or it is not said', async () => {
  const similarity = ['softmax', 'logit-norm'].flatMap((b) =>
    ['one', 'two'].map((pair) =>
      scoreAt({ a: 'softmax', b, pair }, { layers: { pool: 0.9 } }),
    ),
  );
  const inputs: Inputs = { probes, similarity };
  const coordinates = (from: Inputs) =>
    Object.fromEntries(
      Object.entries(from).map(([input, members]) => [
        input,
        members.map((member) => member.coordinates),
      ]),
    );
  const outlineOf = (params: JsonObject, from: Inputs) =>
    outlineTable(
      fillDefaults(table.params, params) as unknown as TableParams,
      coordinates(from),
    );
  const columns: readonly JsonObject[] = [
    { input: 'probes', value: 'accuracy', title: 'transfer' },
    { input: 'probes', value: 'accuracy', 'split-by': 'target' },
    {
      ...{ input: 'probes', value: 'penalty', 'split-by': 'seed' },
      ...{ group: 'by seed', where: { target: 'held' } },
    },
    {
      ...{ input: 'similarity', value: 'layers.pool', rows: 'b' },
      ...{ where: { a: 'softmax' }, replicates: 'pair', group: 'CKA' },
    },
  ];
  const params = { rows: 'loss', columns };
  const made = await run(params, inputs);
  const outline = outlineOf(params, inputs);
  assert.deepEqual(
    outline?.columns,
    made.columns.map(({ group, title }) => ({ group, title })),
  );
  assert.equal(made.columns.length, 1 + 2 + 3 + 1);
  assert.deepEqual([...outline.rows].sort(), [...made.rows].sort());
  assert.ok(made.rows.includes('logit-norm'));

  // Which numbers there are only the results tell.
  assert.deepEqual(outlineOf({ rows: 'loss' }, { probes }), {
    rows: ['softmax', 'squared', 'cosine'],
    columns: null,
  });
  for (const wrong of [
    { rows: 'los', columns: [{ value: 'accuracy' }] },
    { rows: 'los' },
    { rows: 'loss', columns: [{ value: 'accuracy', input: 'prbes' }] },
    { rows: 'loss', columns: [{ value: 'accuracy', 'split-by': 'targt' }] },
  ]) {
    assert.equal(outlineOf(wrong, { probes }), null);
  }
  const unnamed = { rows: 'loss', columns: [{ value: 'accuracy' }] };
  assert.equal(outlineOf(unnamed, inputs), null);
});
