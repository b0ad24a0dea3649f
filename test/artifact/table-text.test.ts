import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EMPTY_CELL,
  findColumn,
  type Cell,
  type TableColumn,
  type TableValue,
} from '../../src/artifact/table.ts';
import { tableToCsv, tableToText } from '../../src/artifact/table-text.ts';
import { tableOf } from '../support/table-value.ts';

const cell = (
  mean: number | null,
  standardError: number | null = null,
  correctedPValue: number | null = null,
): Cell => ({
  ...EMPTY_CELL,
  mean,
  standardError,
  interval:
    mean === null || standardError === null
      ? null
      : { lower: mean - 2 * standardError, upper: mean + 2 * standardError },
  count: mean === null ? 0 : standardError === null ? 1 : 3,
  // Half of it, as with Holm and two rows: marks are by the corrected one.
  pValue: correctedPValue === null ? null : correctedPValue / 2,
  correctedPValue,
});
const column = (
  title: string,
  more: Partial<TableColumn> = {},
): TableColumn => ({
  group: null,
  title,
  format: { type: 'percent', digits: 1 },
  beside: 'standard-error',
  ...more,
});
const number = { type: 'number', digits: 3 } as const;

const table = tableOf({
  rows: ['softmax', 'squared-error'],
  columns: [
    column('source accuracy'),
    column('R² (train)', { format: number, beside: 'nothing' }),
    column('transfer mean'),
    column('fine-tuned new shapes'),
    column('block 2', { group: 'CKA to softmax', format: number }),
    column('pool', { group: 'CKA to softmax', format: number }),
  ],
  cells: [
    [
      cell(0.76, 0.012),
      cell(0.444, 0.003),
      cell(0.568, 0.009),
      cell(0.924),
      cell(0.908),
      cell(0.859),
    ],
    [
      cell(0.785, 0.018, 0.04),
      cell(0.663, 0.009, 0.001),
      cell(0.521, 0.0031, 0.21),
      cell(0.916),
      cell(0.882),
      cell(null),
    ],
  ],
  baseline: 'softmax',
  replicates: ['seed'],
});

const lines = (...text: string[]): string => text.join('\n');

test('a table is aligned, its headings wrap, groups span their columns, marks are explained', () => {
  assert.equal(
    tableToText(table, { width: 80 }),
    lines(
      '                    source       R²    transfer  fine-tuned  CKA to softmax',
      '                  accuracy  (train)        mean  new shapes  block 2   pool',
      'softmax        76.0 ± 1.2    0.444   56.8 ± 0.9        92.4    0.908  0.859',
      'squared-error  78.5 ± 1.8*   0.663*  52.1 ± 0.3        91.6    0.882      –',
      '',
      'Mean ± standard error over seed, n = 1 to 3.',
      '* differs from softmax (paired t-test, p < 0.05 after Holm over the rows).',
    ),
  );
});

test('a table that is too wide is cut into blocks that repeat the row names', () => {
  assert.equal(
    tableToText(table, { width: 60 }),
    lines(
      '                    source       R²    transfer  fine-tuned',
      '                  accuracy  (train)        mean  new shapes',
      'softmax        76.0 ± 1.2    0.444   56.8 ± 0.9        92.4',
      'squared-error  78.5 ± 1.8*   0.663*  52.1 ± 0.3        91.6',
      '',
      '               CKA to softmax',
      '               block 2   pool',
      'softmax          0.908  0.859',
      'squared-error    0.882      –',
      '',
      'Mean ± standard error over seed, n = 1 to 3.',
      '* differs from softmax (paired t-test, p < 0.05 after Holm',
      'over the rows).',
    ),
  );
});

test('whatever fits is within the width', () => {
  for (let width = 30; width <= 100; width++) {
    for (const line of tableToText(table, { width }).split('\n')) {
      assert.ok(Array.from(line).length <= width, `${width}: ${line}`);
    }
  }
});

test('a title is broken where its lines are shortest, at a space or after a hyphen', () => {
  const titles = [
    'logit-normalization',
    'new-fills',
    '-',
    'position',
    'a very long title',
  ];
  const broken: TableValue = {
    ...table,
    rows: ['x'],
    columns: titles.map((title) => column(title)),
    cells: [titles.map(() => cell(0.5))],
    baseline: null,
  };
  assert.equal(
    tableToText(broken, { width: 80 }),
    lines(
      '          logit-   new-                      a very',
      '   normalization  fills     -  position  long title',
      'x           50.0   50.0  50.0      50.0        50.0',
    ),
  );
});

test('a group whose heading is longer than its columns makes room for it', () => {
  const narrow: TableValue = {
    ...table,
    rows: ['softmax'],
    columns: [
      column('train', { group: 'incomprehensible loss', format: number }),
      column('tau', { group: 'incomprehensible loss', format: number }),
    ],
    cells: [[cell(0.5), cell(0.25)]],
    baseline: null,
  };
  assert.equal(
    tableToText(narrow, { width: 80 }),
    lines(
      '         incomprehensible',
      '               loss',
      '             train    tau',
      'softmax      0.500  0.250',
    ),
  );
});

test('a group stays together where a block can hold it, and is split where none can', () => {
  const titles = ['a', 'b', 'c', 'd', 'e', 'f'];
  const grouped: TableValue = {
    ...table,
    rows: ['softmax'],
    columns: [
      column('alone'),
      ...titles.map((title) => column(title, { group: 'layers' })),
    ],
    cells: [[cell(0.5), ...titles.map(() => cell(0.25))]],
    baseline: null,
  };
  assert.equal(
    tableToText(grouped, { width: 44 }),
    lines(
      '         alone',
      'softmax   50.0',
      '',
      '                       layers',
      '            a     b     c     d     e     f',
      'softmax  25.0  25.0  25.0  25.0  25.0  25.0',
    ),
  );
  const split = tableToText(grouped, { width: 30 }).split('\n\n');
  assert.deepEqual(
    split.map((block) => block.split('\n').at(-2)?.trim().split(/ +/)),
    [['alone'], ['a', 'b', 'c'], ['d', 'e', 'f']],
  );
});

test('colour dims what explains and makes marked cells bold; without it there are no codes', () => {
  const text = tableToText(table, { width: 80, color: true });
  assert.match(text, /\u001b\[1m78\.5 ± 1\.8\*\u001b\[22m/);
  assert.match(text, /\u001b\[2m\* differs/);
  const plain = tableToText(table, { width: 80 });
  assert.equal(text.replace(/\u001b\[\d+m/g, ''), plain);
  assert.ok(!plain.includes('\u001b'));
});

test('one replicate has no note, tests without a mark say that nothing differs', () => {
  const single = {
    ...table,
    cells: table.cells.map((row) => row.map(({ mean }) => cell(mean))),
  };
  assert.ok(!tableToText(single, { width: 80 }).includes('Mean'));
  const alike = {
    ...table,
    cells: table.cells.map((row) =>
      row.map(({ mean }) => cell(mean, 0.1, 0.05)),
    ),
  };
  assert.match(
    tableToText(alike, { width: 80 }),
    /No cell differs from softmax \(paired t-test, p < 0\.05 after Holm over the rows\)\.$/,
  );
});

test('control characters of a title are shown escaped', () => {
  const text = tableToText(
    { ...table, title: 'a\u001b[2Jb\u202ec' },
    { width: 80 },
  );
  assert.ok(text.startsWith('a\\x1b[2Jb\\u202ec\n\n'));
});

test('CSV has every number with all its digits, and empty fields for what is missing', () => {
  const csv = tableToCsv({
    ...table,
    columns: [column('a, "b"'), column('pool', { group: 'CKA' })],
    cells: [
      [cell(0.25, 0.125), cell(0.5)],
      [cell(0.1 + 0.2, 0.025, 0.04), cell(null)],
    ],
  });
  assert.equal(
    csv,
    lines(
      'loss,"a, ""b""","a, ""b"" standard error","a, ""b"" lower","a, ""b"" upper","a, ""b"" n","a, ""b"" p","a, ""b"" corrected p",CKA pool,CKA pool standard error,CKA pool lower,CKA pool upper,CKA pool n,CKA pool p,CKA pool corrected p',
      'softmax,0.25,0.125,0,0.5,3,,,0.5,,,,1,,',
      'squared-error,0.30000000000000004,0.025,0.25000000000000006,0.35000000000000003,3,0.02,0.04,,,,,0,,',
      '',
    ),
  );
});

test('CSV without a baseline has no column of p-values', () => {
  const csv = tableToCsv({ ...table, baseline: null });
  assert.ok(!csv.includes(' p,') && !csv.includes(' p\n'));
});

test('a table without rows or columns is still a text', () => {
  assert.equal(
    tableToText({ ...table, rows: [], cells: [], columns: [] }, { width: 80 }),
    '',
  );
  assert.equal(
    tableToCsv({ ...table, rows: [], cells: [], columns: [] }),
    'loss\n',
  );
});

test('a column may show its interval beside the mean; the note says what there is', () => {
  const both: TableValue = {
    ...table,
    columns: [
      column('R²', { beside: 'interval', format: number }),
      column('transfer'),
    ],
    cells: [
      [cell(0.444, 0.003), cell(0.568, 0.009)],
      [cell(0.663), cell(0.521, 0.01)],
    ],
    baseline: null,
  };
  assert.equal(
    tableToText(both, { width: 80 }),
    lines(
      '                                 R²    transfer',
      'softmax        0.444 [0.438, 0.450]  56.8 ± 0.9',
      'squared-error  0.663                 52.1 ± 1.0',
      '',
      'Mean ± standard error or [95 % interval] over seed, n = 1 to 3.',
    ),
  );
});

test('rank correlations stand below the table, with interval and method where there is one', () => {
  const correlation = {
    columns: [
      { group: 'R²', title: 'train' },
      { group: null, title: 'transfer' },
    ],
    value: -0.8666,
    interval: { lower: -0.9794, upper: -0.3752 },
    count: 9,
    method: 'some method',
  } as const;
  const text = tableToText(
    {
      ...table,
      correlations: [
        correlation,
        { ...correlation, interval: null, count: 3 },
        { ...correlation, value: null, interval: null, count: 1 },
      ],
    },
    { width: 200 },
  );
  assert.deepEqual(text.split('\n').slice(-3), [
    'Rank correlation of R² train and transfer over loss: -0.87 [-0.98, -0.38], n = 9 (Spearman; 95 % interval by some method).',
    'Rank correlation of R² train and transfer over loss: -0.87, n = 3 (Spearman).',
    'Rank correlation of R² train and transfer over loss: none, n = 1.',
  ]);
});

test('a table without correction says nothing of one', () => {
  assert.match(
    tableToText({ ...table, correction: 'none' }, { width: 80 }),
    /\* differs from softmax \(paired t-test, p < 0\.05\)\.$/,
  );
});

test('a column is found by its title, or by group and title where several have that', () => {
  const columns = [
    { group: 'accuracy', title: 'train' },
    { group: 'R²', title: 'train' },
    { group: 'R²', title: 'test' },
    { group: null, title: 'twice' },
    { group: null, title: 'twice' },
    { group: 'is', title: 'R² test' },
  ];
  assert.equal(findColumn(columns, 'test'), 2);
  assert.equal(findColumn(columns, 'R² train'), 1);
  // The whole name of one column wins over the title of another.
  assert.equal(findColumn(columns, 'R² test'), 2);
  assert.equal(findColumn(columns, 'train'), 'ambiguous');
  assert.equal(findColumn(columns, 'twice'), 'ambiguous');
  assert.equal(findColumn(columns, 'trian'), 'unknown');
});
