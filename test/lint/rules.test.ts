import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { Registry } from '../../src/kind/registry.ts';
import { lintPlan } from '../../src/lint/lint-plan.ts';
import { nodeKinds } from '../../src/nodes/index.ts';
import { loadPlan } from '../../src/pipeline/load-plan.ts';
import { projectRoot } from '../support/project.ts';

const registry = new Registry(nodeKinds);

/** Findings in a file, which has to be right by the language. */
function lintFile(
  file: string,
  profiles: readonly string[] = [],
): readonly Diagnostic[] {
  const loaded = loadPlan({ file, profiles, sets: [], registry });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const hasOverlays = profiles.length > 0;
  return lintPlan(loaded.value.plan, { registry, hasOverlays });
}

/** A study without a fault; each test makes one. */
const SOUND = `pipeline: 1
name: study
axes:
  loss:
    softmax: { type: softmax }
    sigmoid: { type: sigmoid }
  seed: [0, 1, 2]
nodes:
  source:
    kind: dataset
    params: { source: { type: shapes, content: source-pairs, label: class, seed: 1 } }
  other:
    kind: dataset
    params: { source: { type: shapes, content: source-pairs, label: class, seed: 2 } }
  train[loss, seed]:
    kind: train
    inputs: { data: source }
    params:
      loss: '\${loss}'
      seed: '\${seed}'
      epochs: 2
      model: { type: resnet, widths: [8, 512], strides: [1, 2], blocks: [1, 1] }
  features[loss, seed]:
    kind: extract
    inputs: { model: 'train[loss, seed]', data: source }
    params: { layers: [block-2, pool] }
  probe[loss, seed]:
    kind: probe
    inputs: { features: 'features[loss, seed]' }
    params: { layer: pool }
  similarity[loss]:
    kind: cka
    inputs:
      left: 'features[loss, seed=0]'
      right: 'features[loss, seed=1]'
    params: { estimator: unbiased }
  summary:
    kind: table
    inputs: { probe: 'probe[loss=*, seed=*]' }
    params:
      rows: loss
      columns: [{ title: accuracy, input: probe, value: accuracy }]
`;

const folder = mkdtempSync(join(tmpdir(), 'lint-'));

function lintText(text: string): readonly Diagnostic[] {
  const file = join(folder, 'pipeline.yaml');
  writeFileSync(file, text);
  return lintFile(file);
}

/** The sound study with a change; one that changes nothing is a mistake of the test. */
function changed(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `no "${from}"`);
    return text.replace(from, to);
  }, SOUND);
}

const codes = (found: readonly Diagnostic[]): readonly string[] =>
  found.map(({ code }) => code);

/** What the file has at the place of a finding. */
const placeOf = ({ at }: Diagnostic): string =>
  at.file.text.slice(at.start, at.end);

/** The one finding of a changed study. */
function only(
  code: string,
  ...edits: readonly (readonly [string, string])[]
): Diagnostic {
  const found = lintText(changed(...edits));
  assert.deepEqual(codes(found), [code]);
  const [finding] = found;
  assert.ok(finding !== undefined);
  assert.equal(finding.severity, 'warning');
  return finding;
}

test('a sound study has no findings', () => {
  assert.deepEqual(lintText(SOUND), []);
});

/** The whole parameters of trainings, objective by objective. */
const whole = (softmax: string, sigmoid: string) =>
  [
    ['softmax: { type: softmax }', `softmax: { ${softmax} }`],
    ['sigmoid: { type: sigmoid }', `sigmoid: { ${sigmoid} }`],
    [
      SOUND.slice(
        SOUND.indexOf('    params:\n      loss:'),
        SOUND.indexOf('  features['),
      ),
      "    params: '${loss}'\n",
    ],
  ] as const;

test('objectives that are trained for unequal epochs are found, once', () => {
  const finding = only(
    'LINT_UNEQUAL_BUDGET',
    ...whole(
      'loss: { type: softmax }, epochs: 2',
      'loss: { type: sigmoid }, epochs: 3',
    ),
  );
  assert.match(finding.message, /3 for sigmoid, 2 for softmax/);
  assert.equal(placeOf(finding), 'params');
});

test('epochs that alone differ are what is studied', () => {
  const text = changed(
    ...whole(
      'loss: { type: softmax }, epochs: 2',
      'loss: { type: softmax }, epochs: 3',
    ),
  );
  assert.deepEqual(lintText(text), []);
});

test('images that are changed otherwise for one objective are found', () => {
  const finding = only(
    'LINT_UNEQUAL_PREPROCESSING',
    ...whole(
      'loss: { type: softmax }, augmentation: { shift: 0 }',
      'loss: { type: sigmoid }, augmentation: { shift: 2 }',
    ),
  );
  assert.match(finding.message, /"augmentation" of "train"/);
});

const LONGER = `  longer[loss, seed]:
    kind: train
    exclude: [{ loss: softmax }]
    inputs: { data: source }
    params: { loss: '\${loss}', seed: '\${seed}', epochs: 9, model: { type: resnet, widths: [8, 512], strides: [1, 2], blocks: [1, 1] } }
  train[loss, seed]:
    exclude: [{ loss: sigmoid }]
`;

test('a family of one objective that is trained longer is found at its setting', () => {
  const text = changed(
    ['  train[loss, seed]:\n', LONGER],
    [SOUND.slice(SOUND.indexOf('  features['), SOUND.indexOf('  summary')), ''],
    [
      "probe: 'probe[loss=*, seed=*]'",
      "model: ['train[loss=*, seed=*]', 'longer[loss=*, seed=*]']",
    ],
    ['input: probe, value: accuracy', 'input: model, value: accuracy.test'],
  );
  const found = lintText(text.replace(/ {2}other:[^]*?seed: 2 } }\n/, ''));
  assert.deepEqual(codes(found), ['LINT_UNEQUAL_BUDGET']);
  assert.deepEqual(found.map(placeOf), ['2']);
});

test('objectives that lack a seed which others have are found at the input', () => {
  const finding = only('LINT_UNEVEN_REPLICATES', [
    '  probe[loss, seed]:\n',
    '  probe[loss, seed]:\n    exclude: [{ loss: sigmoid, seed: 2 }]\n',
  ]);
  assert.match(finding.message, /"sigmoid" lacks "seed=2"/);
  assert.match(placeOf(finding), /probe\[loss=\*, seed=\*\]/);
});

test('a seed that all objectives lack is none of them', () => {
  const text = changed([
    '  probe[loss, seed]:\n',
    '  probe[loss, seed]:\n    exclude: [{ seed: 2 }]\n',
  ]);
  assert.deepEqual(lintText(text), []);
});

const OTHER_EXAMPLES = [
  [
    '  probe[loss',
    "  others[loss, seed]:\n    kind: extract\n    inputs: { model: 'train[loss, seed]', data: other }\n    params: { layers: [block-2, pool] }\n  probe[loss",
  ],
  ["right: 'features[", "right: 'others["],
] as const;

test('similarity over different examples is found, though there are as many', () => {
  const finding = only('LINT_DIFFERENT_EXAMPLES', ...OTHER_EXAMPLES);
  assert.deepEqual(
    finding.related?.map(({ at }) => at.file.text.slice(at.start, at.end)),
    ['source', 'other'],
  );
});

test('the same examples under two names, or normalized otherwise, are the same', () => {
  const same = changed(...OTHER_EXAMPLES).replace(
    'label: class, seed: 2 }',
    'label: class, seed: 1 }, normalization: { mean: 0.5, deviation: 0.5 }',
  );
  assert.deepEqual(lintText(same), []);
});

test('the biased estimator with fewer examples than features is found', () => {
  const edit = ['estimator: unbiased', 'estimator: biased'] as const;
  const finding = only('LINT_BIASED_ESTIMATOR', edit);
  assert.match(finding.message, /batches of 250 .* "block-2" has 512/);
  assert.equal(placeOf(finding), 'biased');
  for (const fine of ['batch: 513', 'layers: [block-1]']) {
    const text = changed(
      ['estimator: unbiased', `estimator: biased, ${fine}`],
      ['layers: [block-2, pool]', 'layers: [block-1, block-2, pool]'],
    );
    assert.deepEqual(lintText(text), []);
  }
});

test('spatial layers have their channels as features when averaged, and all their numbers when not', () => {
  const biased = [
    'estimator: unbiased',
    'estimator: biased, batch: 500',
  ] as const;
  const layers = (setting: string) =>
    ['layers: [block-2, pool]', `layers: [block-1], ${setting}`] as const;
  const others = [
    ['params: { layer: pool }', 'params: { layer: block-1 }'],
  ] as const;
  const averaged = changed(biased, layers('pooling: average'), ...others);
  assert.deepEqual(lintText(averaged), []);
  const whole = only(
    'LINT_BIASED_ESTIMATOR',
    biased,
    layers('pooling: none'),
    ...others,
  );
  // 24 rows, halved by the stem: 12 * 12 * 8.
  assert.match(whole.message, /"block-1" has 1152/);
});

const TUNED = `  best:
    kind: tune
    inputs: { candidates: 'probe[loss=*, seed=*]' }
    params: { over: [loss] }
  summary:
`;

test('a choice by a number of the examples of the score is found', () => {
  assert.deepEqual(lintText(changed(['  summary:\n', TUNED])), []);
  const byTest = TUNED.replace('[loss] }', '[loss], metric: accuracy }');
  const finding = only('LINT_CHOSEN_ON_TEST', ['  summary:\n', byTest]);
  assert.equal(placeOf(finding), 'accuracy');
  assert.match(finding.message, /"accuracy" of "probe\[loss=sigmoid,seed=0\]"/);
  const trainings = byTest.replace('probe[', 'train[');
  for (const [metric, expected] of [
    ['accuracy.test', ['LINT_CHOSEN_ON_TEST']],
    ['accuracy.tune', []],
  ] as const) {
    const text = trainings.replace('metric: accuracy', `metric: ${metric}`);
    assert.deepEqual(
      codes(lintText(changed(['  summary:\n', text]))),
      expected,
    );
  }
});

test('the layer of a spectrum that nobody extracts is found', () => {
  const finding = only('LINT_UNKNOWN_LAYER', [
    '  summary:\n',
    "  spectrum[loss, seed]:\n    kind: spectrum\n    inputs: { matrix: 'features[loss, seed]' }\n    params: { layer: stem }\n  summary:\n",
  ]);
  assert.equal(placeOf(finding), 'stem');
});

test('figures compare what they draw apart', () => {
  const figure = `  figure:
    kind: plot
    inputs: { probe: 'probe[loss=*, seed=*]' }
    params: { figure: { type: lines, lines: loss, x: { axis: seed }, y: { value: accuracy } } }
  summary:
`;
  const text = changed(
    ['  summary:\n', figure],
    [
      '  probe[loss, seed]:\n',
      '  probe[loss, seed]:\n    exclude: [{ loss: sigmoid, seed: 2 }]\n',
    ],
    [SOUND.slice(SOUND.lastIndexOf('  summary:')), ''],
  );
  assert.deepEqual(codes(lintText(text)), ['LINT_UNEVEN_REPLICATES']);
});

test('a layer that a network does not have is found, with the nearest', () => {
  const extracted = only('LINT_UNKNOWN_LAYER', [
    'layers: [block-2, pool]',
    'layers: [block-3, pool]',
  ]);
  assert.match(extracted.message, /no layer "block-3"/);
  assert.match(extracted.help ?? '', /block-[12]/);
  const probed = only('LINT_UNKNOWN_LAYER', [
    'params: { layer: pool }',
    'params: { layer: logits }',
  ]);
  assert.match(probed.message, /"features\[loss=softmax,seed=0\]"/);
  assert.equal(placeOf(probed), 'logits');
});

test('the stem for photographs is found on small images', () => {
  const finding = only('LINT_LARGE_IMAGE_STEM', [
    'type: resnet,',
    'type: resnet, stem: { size: 7, pool: true },',
  ]);
  assert.match(finding.message, /24 × 24: 6 × 6 is left/);
});

test('a penalty that is chosen on the examples of the score is found', () => {
  const finding = only('LINT_REUSED_SPLIT', [
    'params: { layer: pool }',
    'params: { tune: test }',
  ]);
  assert.match(finding.message, /"test" is "tune" and "test"/);
  assert.equal(placeOf(finding), 'test');
});

const STEM = [
  'type: resnet,',
  'type: resnet, stem: { size: 7, pool: true },',
] as const;
const allowing = (allow: string) =>
  ['    kind: train\n', `    kind: train\n    allow: { ${allow} }\n`] as const;

test('a family is excepted from a rule with a reason', () => {
  const text = changed(STEM, allowing('large-image-stem: as in the paper'));
  assert.deepEqual(lintText(text), []);
});

test('an exception without a reason is a finding, and silences all the same', () => {
  only('LINT_SILENCE_WITHOUT_REASON', STEM, allowing('large-image-stem:'));
});

test('an exception for nothing is a finding', () => {
  only('LINT_SILENCE_UNUSED', allowing('large-image-stem: no more'));
});

test('an exception from a rule that does not exist names the nearest', () => {
  const finding = only(
    'LINT_SILENCE_UNKNOWN',
    allowing('large-image-stems: why'),
  );
  assert.match(finding.help ?? '', /"large-image-stem"/);
});

test('dropout and batch statistics can not be left on in an extraction: there is no such setting', () => {
  const file = join(folder, 'training-mode.yaml');
  for (const setting of ['training', 'mode', 'dropout', 'batch-statistics']) {
    writeFileSync(
      file,
      changed([
        'layers: [block-2, pool] }',
        `layers: [block-2, pool], ${setting}: true }`,
      ]),
    );
    const loaded = loadPlan({ file, profiles: [], sets: [], registry });
    assert.deepEqual(loaded.ok ? [] : codes(loaded.error), ['PARAM_UNKNOWN']);
  }
});

test('the pipelines that come with the program are sound', () => {
  const pipelines = join(projectRoot, 'pipelines');
  for (const name of readdirSync(pipelines)) {
    if (!name.endsWith('.yaml')) continue;
    assert.deepEqual(lintFile(join(pipelines, name)), [], name);
  }
});

test('thirty thousand nodes are looked through in a few seconds', () => {
  const seeds = Array.from({ length: 5000 }, (_, seed) => seed).join(', ');
  const text = changed(['seed: [0, 1, 2]', `seed: [${seeds}]`]);
  const file = join(folder, 'large.yaml');
  writeFileSync(file, text);
  const loaded = loadPlan({ file, profiles: [], sets: [], registry });
  assert.ok(loaded.ok);
  const { plan } = loaded.value;
  assert.ok(plan.nodes.size > 30_000);
  const start = process.cpuUsage();
  assert.deepEqual(lintPlan(plan, { registry, hasOverlays: false }), []);
  const { user, system } = process.cpuUsage(start);
  // About one second; pairs of members would take hours.
  assert.ok((user + system) / 1e6 < 20, `${(user + system) / 1e6} s`);
});

test('whatever may be picked is looked at: a layer that the features do not have', () => {
  const finding = only(
    'LINT_UNKNOWN_LAYER',
    ['  seed: [0, 1, 2]\n', '  seed: [0, 1, 2]\n  layer: [pool, pol]\n'],
    [
      '  similarity[loss]:',
      `  tried[layer]:
    kind: probe
    inputs: { features: 'features[loss=softmax, seed=0]' }
    params: { layer: pool }
  best:
    kind: tune
    inputs: { candidates: 'tried[layer=*]' }
    params: { over: [layer] }
  again:
    kind: probe
    inputs: { features: 'features[loss=softmax, seed=0]' }
    settings: best
    params: { layer: '\${layer}' }
  similarity[loss]:`,
    ],
  );
  assert.equal(placeOf(finding), "'${layer}'");
});
