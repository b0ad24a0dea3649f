import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/cache/open-store.ts';
import { planStates } from '../../src/engine/plan-states.ts';
import { Registry } from '../../src/kind/registry.ts';
import { nodeKinds } from '../../src/nodes/index.ts';
import { loadPlan } from '../../src/pipeline/load-plan.ts';
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

const TRAINED = [...members(['train', ...MEASURED]), ...TABLES];
const FEATURES = [...members(MEASURED), ...TABLES];
const SEPARATIONS = [...members(['separation']), 'separation-table'];
const PROBES = [...members(['probe']), 'accuracy-table'];
const SMOOTHED = 'label-smoothing: { type: label-smoothing, alpha: 0.1 }';
const EXTRACT = "inputs: { model: 'train[loss, seed]', data: source }";
const SEPARATION =
  "kind: separation\n    inputs: { features: 'features[loss, seed]' }";
const PENALTIES = 'penalties: [0.01, 0.1]';
const PROBE_TABLE = 'params: { rows: loss, columns: [{ title: accuracy';

/** Edits that are only planned: what is no hit is what runs, or what depends on what that yields. */
const PLANNED: readonly Edit[] = [
  {
    what: 'a neutral setting written out',
    from: '{ type: softmax }',
    to: '{ type: softmax, rate-scale: 1 }',
    ran: [],
  },
  {
    what: 'another neutral setting',
    from: 'rate: 0.1',
    to: 'rate: 0.1\n      augmentation: { flip: false }',
    ran: [],
  },
  {
    what: 'a neutral setting of the network',
    from: 'blocks: [1] }',
    to: 'blocks: [1], zero-gamma: false }',
    ran: [],
  },
  {
    what: 'the empty title of a table',
    from: PROBE_TABLE,
    to: PROBE_TABLE.replace('rows', "title: '', rows"),
    ran: [],
  },
  {
    what: 'the empty order of a table',
    from: PROBE_TABLE,
    to: PROBE_TABLE.replace('rows', 'order: [], rows'),
    ran: [],
  },
  {
    what: 'a neutral setting of separation',
    from: SEPARATION,
    to: `${SEPARATION}\n    params: { center: false }`,
    ran: [],
  },
  {
    what: 'a description',
    from: 'name: edits',
    to: 'name: edits\ndescription: of nothing',
    ran: [],
  },
  {
    what: 'a profile that is not chosen',
    from: 'axes:',
    to: 'profiles: { p: { axes: { seed: [7] } } }\naxes:',
    ran: [],
  },
  {
    what: 'the order of inputs',
    from: EXTRACT,
    to: "inputs: { data: source, model: 'train[loss, seed]' }",
    ran: [],
  },
  { what: 'the name of the trainings', from: /\btrain\[/g, to: 't[', ran: [] },
  {
    what: 'a setting to what it is',
    words: ['--set', 'train.params.batch=32'],
    ran: [],
  },
  {
    what: 'label smoothing of nothing, which is softmax',
    from: 'alpha: 0.1',
    to: 'alpha: 0',
    ran: TABLES,
  },
  {
    what: 'dropout of nothing, which is softmax',
    from: SMOOTHED,
    to: 'label-smoothing: { type: dropout, keep: 1 }',
    ran: TABLES,
  },
  {
    what: 'a penalty of nothing, which is softmax',
    from: SMOOTHED,
    to: 'label-smoothing: { type: extra-l2, lambda: 0 }',
    ran: TABLES,
  },
  {
    what: 'the splits that are scored',
    from: 'rate: 0.1',
    to: 'rate: 0.1\n      evaluate: [test]',
    ran: TRAINED,
  },
  {
    what: 'the learning rate',
    from: 'rate: 0.1',
    to: 'rate: 0.2',
    ran: TRAINED,
  },
  { what: 'the batch', from: 'batch: 32', to: 'batch: 16', ran: TRAINED },
  {
    what: 'the momentum',
    words: ['--set', 'train.params.momentum=0.8'],
    ran: TRAINED,
  },
  {
    what: 'the weight decay',
    words: ['--set', 'train.params.weight-decay=0'],
    ran: TRAINED,
  },
  {
    what: 'the schedule',
    words: ['--set', 'train.params.schedule={type: constant}'],
    ran: TRAINED,
  },
  {
    what: 'the warm-up',
    words: ['--set', 'train.params.warm-up=0.5'],
    ran: TRAINED,
  },
  {
    what: 'the augmentation',
    words: ['--set', 'train.params.augmentation={shift: 2}'],
    ran: TRAINED,
  },
  { what: 'the network', from: 'widths: [4]', to: 'widths: [6]', ran: TRAINED },
  {
    what: 'one objective',
    from: '{ type: softmax }',
    to: '{ type: softmax, rate-scale: 2 }',
    ran: [...members(['train', ...MEASURED], ['softmax']), ...TABLES],
  },
  {
    what: 'the number of images',
    from: 'train: 64',
    to: 'train: 96',
    ran: ['source', ...TRAINED],
  },
  {
    what: 'the seed of the images',
    from: 'seed: 1,',
    to: 'seed: 2,',
    ran: ['source', ...TRAINED],
  },
  {
    what: 'the layers',
    from: EXTRACT,
    to: `${EXTRACT}\n    params: { layers: [pool, stem] }`,
    ran: FEATURES,
  },
  {
    what: 'how many examples pass through the network',
    from: EXTRACT,
    to: `${EXTRACT}\n    params: { limit: 16 }`,
    ran: FEATURES,
  },
  {
    what: 'the distance',
    from: SEPARATION,
    to: `${SEPARATION}\n    params: { distance: squared-euclidean }`,
    ran: SEPARATIONS,
  },
  {
    what: 'the split that is measured',
    from: SEPARATION,
    to: `${SEPARATION}\n    params: { split: test }`,
    ran: SEPARATIONS,
  },
  {
    what: 'the tolerance of the probe',
    from: PENALTIES,
    to: `${PENALTIES}, tolerance: 1e-4`,
    ran: PROBES,
  },
  {
    what: 'the scale of the probe',
    from: PENALTIES,
    to: `${PENALTIES}, scale: none`,
    ran: PROBES,
  },
  {
    what: 'the metric of the probe',
    from: PENALTIES,
    to: `${PENALTIES}, metric: mean-per-class`,
    ran: PROBES,
  },
  {
    what: 'the baseline of a table',
    from: PROBE_TABLE,
    to: PROBE_TABLE.replace('rows', 'baseline: softmax, rows'),
    ran: ['accuracy-table'],
  },
  {
    what: 'the format of a column',
    from: 'value: r2',
    to: 'value: r2, format: percent',
    ran: ['separation-table'],
  },
  { what: 'a seed less', from: 'seed: [0, 1]', to: 'seed: [0]', ran: TABLES },
  {
    what: 'a member that is left out',
    from: PENALTIES,
    to: `${PENALTIES} }\n    exclude: [{ loss: untrained, seed: 1 }]\n    # `,
    ran: ['accuracy-table'],
  },
  {
    what: 'one more measure',
    from: '  accuracy-table:',
    to: `  more[loss, seed]:\n    ${SEPARATION}\n    params: { split: test }\n  accuracy-table:`,
    ran: members(['more']),
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

  assert.ok(EDITS.length + PLANNED.length >= 40);
  for (const edit of PLANNED) {
    await context.test(
      `before a run after an edit of ${edit.what}`,
      async () => {
        const text =
          edit.from === undefined
            ? PIPELINE
            : PIPELINE.replace(edit.from, edit.to ?? '');
        if (edit.from !== undefined) assert.notEqual(text, PIPELINE);
        writeFileSync(file, text);
        const sets = (edit.words ?? []).filter((word) => word !== '--set');
        const registry = new Registry(nodeKinds);
        const loaded = loadPlan({ file, profiles: [], sets, registry });
        assert.ok(loaded.ok, JSON.stringify(loaded));
        await using store = await openStore({ folder: cache, readOnly: true });
        const states = await planStates({ ...loaded.value, registry, store });
        const open = states.filter(({ state }) => state !== 'hit');
        const names = open.map(({ node }) => node.replace(/^t\[/, 'train['));
        assert.deepEqual(names.sort(), [...edit.ran].sort());
      },
    );
  }
});
