import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Member } from '../../src/artifact/artifact.ts';
import type { FigureValue } from '../../src/artifact/figure.ts';
import { figureToCsv, figureToText } from '../../src/artifact/figure-text.ts';
import { NodeError } from '../../src/kind/kind.ts';
import { plot } from '../../src/nodes/plot.ts';
import { meanInterval } from '../../src/ops/statistics/mean-interval.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { scoreAt } from '../support/members.ts';
import { asInput, runKind } from '../support/run-kind.ts';

interface Drawn {
  readonly value: FigureValue;
  readonly svg: string;
}

async function draw(
  params: JsonObject,
  inputs: Readonly<Record<string, readonly Member[]>>,
): Promise<Drawn> {
  const made = await runKind(plot, params, inputs);
  const bytes = made.arrays['svg']?.data as Uint8Array;
  return { value: made.value, svg: Buffer.from(bytes).toString('utf8') };
}

// Separation and transfer by objective and seed; transfer falls as separation rises.
const R2 = { mild: [0.4, 0.42], strong: [0.6, 0.66], odd: [0.5, 0.52] };
const ACCURACY = { mild: [0.6, 0.62], strong: [0.4, 0.43], odd: [0.5, 0.5] };
const scores = (
  name: string,
  table: Readonly<Record<string, readonly number[]>>,
): readonly Member[] =>
  Object.entries(table).flatMap(([loss, values]) =>
    values.map((value, seed) =>
      scoreAt({ loss, seed: String(seed) }, { [name]: value }),
    ),
  );
const inputs = { r: scores('r2', R2), a: scores('accuracy', ACCURACY) };
const SCATTER = {
  title: 'Apart & transfer',
  figure: {
    type: 'scatter',
    points: 'loss',
    x: { input: 'r', value: 'r2', title: 'R²' },
    y: { input: 'a', value: 'accuracy', format: 'percent' },
  },
};

test('a scatter has the mean, the interval and the number of replicates of each point', async () => {
  const { value, svg } = await draw({ ...SCATTER, order: ['strong'] }, inputs);
  assert.deepEqual(
    value.rows.map(([name]) => name),
    ['strong', 'mild', 'odd'],
  );
  const { lower = 0, upper = 0 } = meanInterval(R2.strong, 0.95) ?? {};
  assert.deepEqual(value.rows[0]?.slice(1, 5), [0.63, lower, upper, 2]);
  assert.equal(value.rows[0][5], 0.41500000000000004);
  assert.deepEqual(value.notes, [
    'Mean over seed, n = 2; lines: 95 % interval, cut off at the edge.',
    'Spearman −1.00, 3 points.',
  ]);
  for (const text of ['strong', 'mild', 'odd', 'Apart &amp; transfer', 'R²']) {
    assert.ok(svg.includes(`>${text}</text>`), text);
  }
});

test('points that are left out are neither drawn nor in the data', async () => {
  const { value, svg } = await draw({ ...SCATTER, except: ['odd'] }, inputs);
  assert.equal(value.rows.length, 2);
  assert.ok(!svg.includes('odd'));
});

test('the same content is the same bytes, with colours for a dark page', async () => {
  const first = await draw(SCATTER, inputs);
  await draw({ ...SCATTER, title: 'between' }, inputs);
  assert.equal((await draw(SCATTER, inputs)).svg, first.svg);
  assert.match(
    first.svg,
    /^<svg [^>]*><style>@media screen and \(prefers-color-scheme:dark\)/,
  );
});

test('names are text, whatever stands in them', async () => {
  const hostile = scores('r2', { '<script>x</script>': [0.1] });
  const accuracy = scores('accuracy', { '<script>x</script>': [0.2] });
  const { svg } = await draw(SCATTER, { r: hostile, a: accuracy });
  assert.ok(!svg.includes('<script'));
  assert.ok(svg.includes('&lt;script&gt;'));
});

const layersOf = (values: JsonObject, seed: number): Member =>
  scoreAt({ loss: 'mild', seed: String(seed) }, { layers: values });

test('lines go along the entries of a mapping in its own order', async () => {
  const { value } = await draw(
    {
      figure: {
        type: 'lines',
        lines: 'loss',
        x: { title: 'layer' },
        y: { value: 'layers' },
      },
    },
    {
      cka: [
        layersOf({ stem: 1, 'block-1': 0.8, 'a-last': 0.2 }, 0),
        layersOf({ stem: 1, 'block-1': 0.6, 'a-last': 0.4 }, 1),
      ],
    },
  );
  assert.deepEqual(
    value.rows.map(([, layer, mean]) => [layer, mean]),
    [
      ['stem', 1],
      ['block-1', 0.7],
      ['a-last', 0.30000000000000004],
    ],
  );
});

test('lines go along an array of a score', async () => {
  const artifact = asInput({
    type: 'score',
    value: { largest: 3 },
    arrays: {
      singularValues: ndArray('float64', [3], Float64Array.of(3, 2, 1)),
    },
  });
  const { value } = await draw(
    {
      figure: {
        type: 'lines',
        x: { scale: 'log' },
        y: { value: 'singularValues', scale: 'log' },
      },
    },
    { spectrum: [{ coordinates: {}, artifact }] },
  );
  assert.deepEqual(value.rows, [
    ['', 1, 3, null, null, 1],
    ['', 2, 2, null, null, 1],
    ['', 3, 1, null, null, 1],
  ]);
  assert.deepEqual(value.notes, ['One replicate, no intervals.']);
});

test('the entries of a list may be bins of a range, and stand in their middles', async () => {
  const member = scoreAt(
    { seed: '0' },
    { densities: { within: [1, 3, 0, 4] } },
  );
  const figure = {
    type: 'lines',
    x: { range: [0, 2] },
    y: { value: 'densities.within' },
  };
  const { value } = await draw({ figure }, { one: [member] });
  assert.deepEqual(
    value.rows.map(([, x, y]) => [x, y]),
    [
      [0.25, 1],
      [0.75, 3],
      [1.25, 0],
      [1.75, 4],
    ],
  );
});

test('intervals that are far wider than what they are about end where the picture does', async () => {
  const members = (spread: number): readonly Member[] =>
    ['0.1', '0.2', '0.4'].flatMap((temperature, at) =>
      [-1, 1].map((side) =>
        scoreAt(
          { temperature, seed: String(side) },
          { accuracy: 0.5 + at * 0.1 + side * spread },
        ),
      ),
    );
  const narrow = await draw({ figure: SWEEP }, { probe: members(0.001) });
  const wide = await draw({ figure: SWEEP }, { probe: members(0.1) });
  assert.match(narrow.value.notes[0] ?? '', /95 % interval\.$/);
  assert.match(wide.value.notes[0] ?? '', /95 % interval, cut off at the edge/);
  // The data have the whole of them, and the ticks of both pictures are where the means are.
  assert.ok(Number(wide.value.rows[0]?.[3]) < -0.5);
  for (const { svg } of [narrow, wide]) {
    assert.ok(svg.includes('>0.60</text>') || svg.includes('>0.6</text>'));
    assert.ok(!/>[\u2212-]\d/.test(svg.replaceAll(/font[^>]*/g, '')), svg);
  }
});

test('few numbers on a side with logarithms are its ticks', async () => {
  const { svg } = await draw({ figure: SWEEP }, { probe: swept });
  for (const tick of ['0.05', '0.1', '10']) {
    assert.ok(svg.includes(`>${tick}</text>`), tick);
  }
  assert.ok(!svg.includes('>0.2</text>'));
});

const swept = ['0.1', '0.05', '10'].flatMap((temperature) =>
  ['hue', 'size'].map((target, at) =>
    scoreAt(
      { temperature, target, seed: '0' },
      { accuracy: Number(temperature) + at },
    ),
  ),
);
const SWEEP = {
  type: 'lines',
  x: { axis: 'temperature', scale: 'log' },
  y: { value: 'accuracy' },
};

test('values of an axis stand by their size, and other axes are averaged over first', async () => {
  const { value } = await draw({ figure: SWEEP }, { probe: swept });
  assert.deepEqual(
    value.rows.map(([, x, mean]) => [x, mean]),
    [
      [0.05, 0.55],
      [0.1, 0.6],
      [10, 10.5],
    ],
  );
  const hue = await draw(
    {
      figure: { ...SWEEP, y: { value: 'accuracy', where: { target: 'hue' } } },
    },
    { probe: swept },
  );
  assert.deepEqual(
    hue.value.rows.map((row) => row[2]),
    [0.05, 0.1, 10],
  );
});

const MATRIX = {
  type: 'matrix',
  value: { value: 'matrix', title: 'CKA' },
  rows: 'left',
  columns: 'right',
  range: [0, 1],
};
const matrixAt = (
  loss: string,
  matrix: readonly (readonly number[])[],
): Member =>
  scoreAt(
    { loss, seed: '0' },
    { left: ['a', 'b'], right: ['c', 'd', 'e'], matrix },
  );
const CELLS = [
  [0.1, 0.2, 0.3],
  [0.4, 0.5, 0.6],
];

test('a matrix has its rows and columns by name, a panel for each value of an axis', async () => {
  const { value, svg } = await draw(
    { figure: { ...MATRIX, panels: 'loss' } },
    { cka: [matrixAt('mild', CELLS), matrixAt('strong', CELLS)] },
  );
  assert.equal(value.rows.length, 12);
  assert.deepEqual(value.rows[5], ['mild', 'b', 'e', 0.6, null, null, 1]);
  for (const text of ['.10', '.60', 'mild', 'strong']) {
    assert.ok(svg.includes(`>${text}</text>`), text);
  }
});

test('a mapping of mappings is a matrix with names of its own, in the order asked for', async () => {
  const groups = { a: { a: 0.8, b: 0.7 }, b: { a: 0.7, b: null } };
  const { value, svg } = await draw(
    {
      figure: { type: 'matrix', value: { value: 'groups', format: 'percent' } },
      order: ['b'],
    },
    { agreement: [scoreAt({}, { groups })] },
  );
  assert.deepEqual(
    value.rows.map((row) => row.slice(1, 4)),
    [
      ['a', 'a', 0.8],
      ['a', 'b', 0.7],
      ['b', 'a', 0.7],
    ],
  );
  // The first row is the one at the bottom, and the first column the one at the left.
  const labels = [...svg.matchAll(/>([ab])<\/text>/g)].map(([, name]) => name);
  assert.deepEqual(labels, ['b', 'a', 'a', 'b']);
});

test('what can not be drawn is refused in words', async () => {
  const refused = (
    figure: JsonObject,
    members: readonly Member[],
    message: RegExp,
  ) =>
    assert.rejects(draw({ figure }, { one: members }), (error) => {
      assert.ok(error instanceof NodeError);
      assert.match(error.message, message);
      return true;
    });
  await refused(
    MATRIX,
    [matrixAt('mild', [[1, 2, 3]])],
    /is no matrix with a row for each of the 2 names/,
  );
  const nameless = { type: 'matrix', value: MATRIX.value };
  await refused(
    nameless,
    [matrixAt('mild', CELLS)],
    /is no mapping of mappings: its "rows" and "columns" must say where/,
  );
  await refused(
    nameless,
    [scoreAt({ seed: '0' }, { matrix: { a: { b: 'c' } } })],
    /at row "a", column "b" it has "c"/,
  );
  await refused(
    { ...SWEEP, x: { axis: 'temperature', range: [0, 2] } },
    swept,
    /"range" of "x" is of a list of numbers/,
  );
  await refused(
    { ...SWEEP, lines: 'tarjet' },
    swept,
    /There is no axis "tarjet".* Did you mean "target"\?/,
  );
  await refused(
    { ...SWEEP, x: {} },
    swept,
    /neither a mapping nor a list.*names an axis under "x"/,
  );
  await refused(
    { ...SWEEP, y: { value: 'accuracy', scale: 'log' } },
    [scoreAt({ temperature: '1', seed: '0' }, { accuracy: 0 })],
    /"accuracy" is 0 at a point, which has no place on a "log" scale/,
  );
  await refused(
    SWEEP,
    [scoreAt({ temperature: '1', seed: '0' }, { accuracy: null })],
    /nothing to draw/,
  );
});

test('people see the data with few digits, programs all of them', () => {
  const figure = {
    title: 'Third',
    notes: ['Mean over seed, n = 2.'],
    columns: ['loss', 'R², mean'],
    rows: [
      ['a "b"', 1 / 3],
      ['c', null],
    ],
  };
  assert.equal(
    figureToText(figure),
    'Third\n\nloss   R², mean\na "b"  0.3333\nc\n\nMean over seed, n = 2.\n',
  );
  assert.equal(
    figureToCsv(figure),
    'loss,"R², mean"\n"a ""b""",0.3333333333333333\nc,\n',
  );
});
