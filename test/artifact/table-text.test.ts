import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Cell,
  TableColumn,
  TableValue,
} from '../../src/artifact/table.ts';
import { tableToCsv, tableToText } from '../../src/artifact/table-text.ts';

const cell = (
  mean: number | null,
  standardError: number | null = null,
  pValue: number | null = null,
): Cell => ({
  mean,
  standardError,
  count: mean === null ? 0 : standardError === null ? 1 : 3,
  pValue,
});
const column = (
  title: string,
  more: Partial<TableColumn> = {},
): TableColumn => ({
  group: null,
  title,
  format: { type: 'percent', digits: 1 },
  showError: true,
  ...more,
});
const number = { type: 'number', digits: 3 } as const;

const table: TableValue = {
  title: '',
  rowAxis: 'loss',
  rows: ['softmax', 'squared-error'],
  columns: [
    column('source accuracy'),
    column('R² (train)', { format: number, showError: false }),
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
};

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
      '* differs from softmax (two-sided paired t-test, p < 0.05).',
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
      '* differs from softmax (two-sided paired t-test, p < 0.05).',
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
    /No cell differs from softmax \(two-sided paired t-test, p < 0\.05\)\.$/,
  );
});

test('control characters of a title are shown escaped', () => {
  const text = tableToText(
    { ...table, title: 'a\u001b[2Jb\u202ec' },
    { width: 80 },
  );
  assert.ok(text.startsWith('a\\u001b[2Jb\\u202ec\n\n'));
});

test('CSV has every number with all its digits, and empty fields for what is missing', () => {
  const csv = tableToCsv({
    ...table,
    columns: [column('a, "b"'), column('pool', { group: 'CKA' })],
    cells: [
      [cell(0.1 + 0.2, 0.012), cell(0.5)],
      [cell(0.785, 0.018, 0.04), cell(null)],
    ],
  });
  assert.equal(
    csv,
    lines(
      'loss,"a, ""b""","a, ""b"" standard error","a, ""b"" n","a, ""b"" p",CKA pool,CKA pool standard error,CKA pool n,CKA pool p',
      'softmax,0.30000000000000004,0.012,3,,0.5,,1,',
      'squared-error,0.785,0.018,3,0.04,,,0,',
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
