import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jsonLines, nodesThat, outcomes, runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Every kind but `finetune` and `cka`, as small as it gets: three objectives, one of them never trained. */
const PIPELINE = `
pipeline: 1
name: edits
axes:
  loss:
    softmax: { type: softmax }
    label-smoothing: { type: label-smoothing, alpha: 0.1 }
    untrained: { type: untrained }
  seed: [0, 1]
nodes:
  source:
    kind: dataset
    params:
      source: { type: shapes, content: held-out-fills, label: fill, seed: 1, images: { train: 64, tune: 32, test: 32 } }
  train[loss, seed]:
    kind: train
    inputs: { data: source }
    params:
      loss: '\${loss}'
      seed: '\${seed}'
      model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] }
      epochs: 1
      batch: 32
      rate: 0.1
  features[loss, seed]:
    kind: extract
    inputs: { model: 'train[loss, seed]', data: source }
  separation[loss, seed]:
    kind: separation
    inputs: { features: 'features[loss, seed]' }
  probe[loss, seed]:
    kind: probe
    inputs: { features: 'features[loss, seed]' }
    params: { penalties: [0.01, 0.1] }
  accuracy-table:
    kind: table
    inputs: { probe: 'probe[loss=*, seed=*]' }
    params: { rows: loss, columns: [{ title: accuracy, input: probe, value: accuracy }] }
  separation-table:
    kind: table
    inputs: { separation: 'separation[loss=*, seed=*]' }
    params: { rows: loss, columns: [{ title: R², input: separation, value: r2 }] }
`;

const members = (
  families: readonly string[],
  losses: readonly string[] = ['softmax', 'label-smoothing', 'untrained'],
  seeds: readonly string[] = ['0', '1'],
): string[] =>
  families.flatMap((family) =>
    losses.flatMap((loss) =>
      seeds.map((seed) => `${family}[loss=${loss},seed=${seed}]`),
    ),
  );
const MEASURED = ['features', 'separation', 'probe'];
const TABLES = ['accuracy-table', 'separation-table'];

interface Edit {
  readonly what: string;
  readonly from?: string | RegExp;
  readonly to?: string;
  readonly words?: readonly string[];
  /** Exactly the nodes that run. */
  readonly ran: readonly string[];
}

const EDITS: readonly Edit[] = [
  { what: 'nothing', ran: [] },
  { what: 'a comment', from: 'name: edits', to: '# why\nname: edits', ran: [] },
  {
    what: 'the order of keys',
    from: 'epochs: 1\n      batch: 32',
    to: 'batch: 32\n      epochs: 1',
    ran: [],
  },
  {
    what: 'the order of an axis',
    from: 'seed: [0, 1]',
    to: 'seed: [1, 0]',
    ran: [],
  },
  {
    what: 'the spelling of a number',
    from: 'penalties: [0.01, 0.1]',
    to: 'penalties: [1e-2, 1.0e-1]',
    ran: [],
  },
  {
    what: 'a default written out',
    from: 'epochs: 1\n',
    to: 'epochs: 1\n      momentum: 0.9\n',
    ran: [],
  },
  {
    what: 'the name of the pipeline',
    from: 'name: edits',
    to: 'name: other',
    ran: [],
  },
  { what: 'the name of a family', from: /\bfeatures\[/g, to: 'f[', ran: [] },
  {
    what: 'the alpha of label smoothing',
    from: 'alpha: 0.1',
    to: 'alpha: 0.2',
    ran: [...members(['train', ...MEASURED], ['label-smoothing']), ...TABLES],
  },
  {
    what: 'the grid of penalties',
    from: 'penalties: [0.01, 0.1]',
    to: 'penalties: [0.01, 0.3]',
    ran: [...members(['probe']), 'accuracy-table'],
  },
  {
    what: 'one more seed',
    from: 'seed: [0, 1]',
    to: 'seed: [0, 1, 2]',
    ran: [...members(['train', ...MEASURED], undefined, ['2']), ...TABLES],
  },
  {
    what: 'an objective less',
    from: '    untrained: { type: untrained }\n',
    to: '',
    ran: TABLES,
  },
  {
    what: 'the title of a column',
    from: 'title: R²',
    to: 'title: separation',
    ran: ['separation-table'],
  },
  {
    what: 'the name of a value, which tables show',
    from: 'label-smoothing: {',
    to: 'smoothing: {',
    ran: TABLES,
  },
  {
    what: 'epochs, which leave the untrained networks as they are',
    words: ['--set', 'train.params.epochs=2'],
    // Their training node has another key, and yields the same bytes: the re-run stops there.
    ran: [
      ...members(['train']),
      ...members(MEASURED, ['softmax', 'label-smoothing']),
      ...TABLES,
    ],
  },
];

const fail = (stderr: string): string => `the run failed:\n${stderr}`;

test('an edit re-runs exactly what it can change', async (context) => {
  const folder = temporaryFolder(context);
  const cache = join(folder, 'cache');
  const file = join(folder, 'edits.yaml');
  const run = async (text: string, words: readonly string[]) => {
    writeFileSync(file, text);
    const ended = await runCli(folder, [
      ...['run', 'edits.yaml', '--json', '--cache', cache],
      ...words,
    ]);
    assert.equal(ended.code, 0, fail(ended.stderr));
    return jsonLines(ended);
  };

  const first = await run(PIPELINE, []);
  assert.deepEqual(nodesThat('hit', first), []);
  const all = [...outcomes(first).keys()];
  assert.deepEqual(
    all.sort(),
    ['source', ...members(['train', ...MEASURED]), ...TABLES].sort(),
  );

  for (const edit of EDITS) {
    await context.test(`after an edit of ${edit.what}`, async () => {
      const text =
        edit.from === undefined
          ? PIPELINE
          : PIPELINE.replace(edit.from, edit.to ?? '');
      if (edit.from !== undefined) assert.notEqual(text, PIPELINE);
      const lines = await run(text, edit.words ?? []);
      assert.deepEqual(nodesThat('ran', lines), [...edit.ran].sort());
    });
  }
});
