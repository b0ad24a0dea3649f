import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Artifact } from '../../src/artifact/artifact.ts';
import { NodeError } from '../../src/kind/kind.ts';
import { agreement } from '../../src/nodes/agreement.ts';
import { evaluate } from '../../src/nodes/evaluate.ts';
import { extract } from '../../src/nodes/extract.ts';
import { table } from '../../src/nodes/table.ts';
import { train } from '../../src/nodes/train.ts';
import { objectives } from '../../src/ops/loss/index.ts';
import { openBackend } from '../../src/tensor/backend.ts';
import { tf } from '../../src/tensor/tf.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { bars } from '../model/tiny.ts';
import { assertClose, assertFar } from '../support/assert-close.ts';
import { datasetOf } from '../support/images.ts';
import {
  normalizedSigmoidLoops,
  scoreLoops,
  softmaxLoops,
} from '../support/reference/calibration.ts';
import { asInput, runKind, type Heard } from '../support/run-kind.ts';
import { APART, FLOAT32, FLOAT64 } from '../support/tolerances.ts';

const source = bars({ examples: 90, seed: 2, noise: 230 });
const SPLITS = { train: [0, 40], tune: [40, 65], test: [65, 90] } as const;
const data = datasetOf(source, SPLITS);
const trained = async (loss: JsonObject, seed: number) =>
  asInput(
    await runKind(
      train,
      {
        ...{ loss, seed, epochs: 2, batch: 8 },
        // Squared error aims at outputs of 60: its gradients are large.
        rate: loss['type'] === 'squared-error' ? 1e-4 : 0.2,
        model: {
          type: 'resnet',
          stem: { width: 3, stride: 2 },
          widths: [3, 4],
          strides: [1, 2],
          blocks: [1, 1],
          'last-layer-deviation': 0.3,
        },
      },
      { data },
    ),
  );
const models = new Map<string, Artifact<'model'>>();
before(async () => {
  await openBackend('wasm');
  for (const type of Object.keys(objectives)) {
    models.set(type, await trained({ type }, 1));
  }
});
const run = (
  type: string,
  params: JsonObject = {},
  more: Readonly<Record<string, unknown>> = {},
  heard?: Heard,
) =>
  runKind(
    evaluate,
    params,
    { model: models.get(type), data, ...more },
    heard === undefined ? {} : { heard },
  );
/** The outputs of a split, as `extract` gives them. */
async function outputsOf(type: string, split: string): Promise<number[][]> {
  const features = await runKind(
    extract,
    { layers: ['outputs'], splits: [split] },
    { model: models.get(type), data },
  );
  const flat = [...features.arrays['layer:outputs']!.data];
  return flat.flatMap((_, at) =>
    at % 3 === 0 ? [flat.slice(at, at + 3)] : [],
  );
}
const labels = [...source.labels.subarray(65, 90)];

test('every objective has scores and probabilities: those of the loops on its outputs', async () => {
  for (const type of Object.keys(objectives)) {
    const { value, arrays } = await run(type);
    const rule = type === 'sigmoid' ? normalizedSigmoidLoops : softmaxLoops;
    assert.equal(
      value.probabilities,
      type === 'sigmoid' ? 'normalized-sigmoid' : 'softmax',
    );
    const outputs = await outputsOf(type, 'test');
    const expected = scoreLoops(outputs, labels, { rule });
    assertClose(
      [value.accuracy, value.top5, value.nll, value.ece].map(Number),
      [expected.accuracy, 1, expected.nll, expected.ece],
      FLOAT64,
      type,
    );
    const { temperature } = value;
    const scaled = scoreLoops(outputs, labels, { rule, temperature });
    assertClose(
      [value.scaled.nll, value.scaled.ece].map(Number),
      [scaled.nll, scaled.ece],
      FLOAT64,
      type,
    );
    const flat = outputs.flatMap((row) => [...rule(row)]);
    assertClose(arrays['probabilities']!.data, flat, FLOAT32, type);
    assert.deepEqual(
      [...arrays['predictions']!.data],
      outputs.map((row) => row.indexOf(Math.max(...row))),
    );
    assert.deepEqual([...arrays['labels']!.data], labels);
  }
});

test('the temperature is that of the split "tune", not of the one that is scored', async () => {
  let type = 'none';
  let value: Awaited<ReturnType<typeof run>>['value'] | undefined;
  for (const one of models.keys()) {
    const made = await run(one, { probabilities: 'softmax' });
    if (!made.value.temperatureAtEdge) [type, value] = [one, made.value];
  }
  assert.ok(value !== undefined, 'a temperature within what is searched');
  const { temperature: fitted } = value;
  const tune = await outputsOf(type, 'tune');
  const test = await outputsOf(type, 'test');
  const slope = (
    outputs: readonly (readonly number[])[],
    own: readonly number[],
  ): number => {
    const at = (temperature: number): number =>
      scoreLoops(outputs, own, { rule: softmaxLoops, temperature }).nll;
    return (at(fitted * 1.001) - at(fitted * 0.999)) / 0.002;
  };
  const tuneLabels = [...source.labels.subarray(40, 65)];
  assert.ok(Math.abs(slope(tune, tuneLabels)) < 1e-5);
  assert.ok(Math.abs(slope(test, labels)) > 1e-3);
});

test('classes have scores of their own, a class that does not occur has none', async () => {
  const few = datasetOf(source, { tune: [40, 65], test: [66, 68] });
  const { value } = await run('softmax', {}, { data: few });
  const present = new Set(source.labels.subarray(66, 68));
  for (const [k, name] of value.classNames.entries()) {
    const scores = value.perClass[name]!;
    assert.equal(scores.examples, present.has(k) ? 1 : 0);
    assert.equal(scores.nll === null, !present.has(k));
  }
  const shares = Object.values(value.perClass).flatMap(({ accuracy }) =>
    accuracy === null ? [] : [accuracy],
  );
  assert.equal(shares.length, 2);
  assert.equal(value.meanPerClass, (shares[0]! + shares[1]!) / 2);
});

test('the rule of probabilities and the bins are settings, and named in the result', async () => {
  const own = await run('sigmoid');
  const other = await run('sigmoid', { probabilities: 'softmax', bins: 4 });
  assert.equal(other.value.probabilities, 'softmax');
  assert.equal(other.value.reliability.before.length, 4);
  assert.equal(other.value.accuracy, own.value.accuracy);
  assertFar([Number(other.value.nll)], [Number(own.value.nll)], APART);
});

test('data of other classes, one split in two roles and unknown splits are refused', async () => {
  const other = datasetOf(source, SPLITS, {
    classNames: ['class 0', 'class 1', 'other'],
  });
  await assert.rejects(
    run('softmax', {}, { data: other }),
    new NodeError(
      'Input "data" has other classes than input "model" was trained on: class 2 is "other" and not "class 2". The features of such data are what "extract" is for.',
    ),
  );
  await assert.rejects(
    run('softmax', { tune: 'test' }),
    /^NodeError: "test" and "tune" must be two splits, but both are "test"/,
  );
  await assert.rejects(
    run('softmax', { tune: 'val' }),
    /^NodeError: There is no split "val" in input "data"/,
  );
});

test('the batch changes no number, progress counts images, and no tensor is left', async () => {
  const tensors = tf.memory().numTensors;
  const heard: Heard = { progress: [], log: [] };
  const small = await run('softmax', { batch: 20 }, {}, heard);
  assert.deepEqual(small, await run('softmax'));
  assert.deepEqual(
    heard.progress.map(({ done, total }) => [done, total]),
    [
      [20, 50],
      [40, 50],
      [50, 50],
    ],
  );
  assert.equal(tf.memory().numTensors, tensors);
});

const members = async (
  types: readonly string[],
  seeds: readonly number[],
): Promise<
  {
    readonly coordinates: Record<string, string>;
    readonly artifact: Artifact<'predictions'>;
  }[]
> => {
  const made = [];
  for (const loss of types) {
    for (const seed of seeds) {
      const model =
        seed === 1 ? models.get(loss) : await trained({ type: loss }, seed);
      const artifact = await runKind(evaluate, {}, { model, data });
      made.push({
        coordinates: { loss, seed: String(seed) },
        artifact: asInput(artifact),
      });
    }
  }
  return made;
};
const mean = (values: readonly number[]): number =>
  values.reduce((sum, one) => sum + one, 0) / values.length;

test('agreement is pairwise, by axis, and ensembles average probabilities', async () => {
  const collected = await members(['sigmoid', 'softmax'], [1, 2]);
  const { value, arrays } = await runKind(
    agreement,
    { by: 'loss' },
    { predictions: collected },
  );
  const predicted = collected.map(({ artifact }) => [
    ...artifact.array('predictions', 'int32').data,
  ]);
  const share = (i: number, j: number): number =>
    mean(predicted[i]!.map((one, at) => (one === predicted[j]![at] ? 1 : 0)));
  const all = [0, 1, 2, 3];
  assert.deepEqual(
    value['matrix'],
    all.map((i) => all.map((j) => share(i, j))),
  );
  assert.deepEqual(arrays['agreement']?.shape, [4, 4]);
  const different = mean([share(0, 2), share(0, 3), share(1, 2), share(1, 3)]);
  const same = [share(0, 1), share(2, 3)];
  assertClose(
    [value['agreement'], value['same'], value['different']].map(Number),
    [
      mean([...same, different, different, different, different]),
      mean(same),
      different,
    ],
    FLOAT64,
  );
  const groups = value['groups'] as Record<string, Record<string, number>>;
  assert.equal(groups['softmax']?.['softmax'], share(2, 3));
  assertClose([groups['sigmoid']!['softmax']!], [different], FLOAT64);

  const probabilities = collected.map(
    ({ artifact }) => artifact.array('probabilities', 'float32').data,
  );
  const accuracyOf = (indices: readonly number[]): number =>
    mean(
      labels.map((label, i) => {
        const means = [0, 1, 2].map((k) =>
          mean(indices.map((index) => probabilities[index]![3 * i + k]!)),
        );
        return means.indexOf(Math.max(...means)) === label ? 1 : 0;
      }),
    );
  const ensemble = value['ensemble'] as Record<string, number>;
  assert.equal(ensemble['accuracy'], accuracyOf(all));
  assert.ok(Number.isFinite(ensemble['nll']));
  const single = mean(
    predicted.map((own) =>
      mean(own.map((one, i) => (one === labels[i] ? 1 : 0))),
    ),
  );
  assertClose([value['accuracy'] as number], [single], FLOAT64);
  const ensembles = value['ensembles'] as Record<string, { accuracy: number }>;
  assert.equal(ensembles['softmax']?.accuracy, accuracyOf([2, 3]));
  assert.equal(arrays['pairEnsembles']?.data[1], accuracyOf([0, 1]));
});

test('pairs are not scored as ensembles where that is not asked for, and nothing else changes', async () => {
  const collected = await members(['sigmoid', 'softmax', 'dropout'], [1]);
  const inputs = { predictions: collected };
  const whole = await runKind(agreement, {}, inputs);
  const plain = await runKind(agreement, { pairs: false }, inputs);
  assert.deepEqual(Object.keys(plain.arrays), ['agreement']);
  const { pairEnsemble, ...rest } = whole.value;
  assert.ok(pairEnsemble !== undefined);
  assert.deepEqual(plain.value, rest);
});

test('agreement refuses one network, other examples and an unknown axis', async () => {
  const [first, second] = await members(['softmax', 'dropout'], [1]);
  await assert.rejects(
    runKind(agreement, {}, { predictions: [first] }),
    /^NodeError: Agreement needs the predictions of at least two networks, but input "predictions" has 1\.$/,
  );
  const elsewhere = {
    coordinates: { loss: 'softmax', seed: '9' },
    artifact: asInput(await run('softmax', { test: 'train' })),
  };
  await assert.rejects(
    runKind(agreement, {}, { predictions: [first, elsewhere] }),
    /^NodeError: Input "predictions" has predictions for different examples: the labels or classes of \[loss=softmax, seed=1\] and of \[loss=softmax, seed=9\] differ\.$/,
  );
  await assert.rejects(
    runKind(agreement, { by: 'los' }, { predictions: [first, second] }),
    /^NodeError: There is no axis "los" in member \[loss=softmax, seed=1\] of input "predictions", which has "loss", "seed"\. Did you mean "loss"\?$/,
  );
});

test('a table takes scores of predictions as columns', async () => {
  const collected = await members(['sigmoid', 'softmax'], [1]);
  const { value } = await runKind(
    table,
    {
      rows: 'loss',
      columns: [
        { value: 'ece' },
        { value: 'scaled.ece' },
        { value: 'perClass.class 0.accuracy' },
      ],
    },
    { networks: collected },
  );
  const first = collected[0]!.artifact.value;
  const [row = []] = value.cells;
  assert.equal(row[0]?.mean, first.ece);
  assert.equal(row[2]?.mean, first.perClass['class 0']?.accuracy);
});
