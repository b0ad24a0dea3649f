import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreement } from '../../src/nodes/agreement.ts';
import { evaluate } from '../../src/nodes/evaluate.ts';
import { knn } from '../../src/nodes/knn.ts';
import { sparsity } from '../../src/nodes/sparsity.ts';
import { spectrum } from '../../src/nodes/spectrum.ts';
import { train } from '../../src/nodes/train.ts';
import { Rng } from '../../src/tensor/rng.ts';
import type { Json } from '../../src/util/json.ts';
import { bars } from '../model/tiny.ts';
import { clusters, featuresOf } from '../support/features.ts';
import { datasetOf } from '../support/images.ts';
import { asInput, runKind } from '../support/run-kind.ts';

/** What the kinds gave when they had these versions, numbers to four digits, lists left out. */
const GOLDEN = {
  knn: {
    version: 1,
    value:
      '{"accuracy":0.8,"metric":"accuracy","tuneAccuracy":0.8,"neighbours":1,"neighboursAtEdge":false,"distance":"euclidean","vote":"weighted","temperature":0.07,"layer":"pool","classes":3,"absentClasses":2,"examples":{"fit":30,"tune":10,"test":20}}',
  },
  spectrum: {
    version: 1,
    value:
      '{"largest":12.55,"rank":4,"effectiveRank":3.707,"stableRank":1.755,"participationRatio":2.49,"leadingShare":1,"leading":5,"outcome":"measured","of":"features","layer":"pool","split":"train","centered":true,"rows":30,"columns":4}',
  },
  sparsity: {
    version: 2,
    value:
      '{"layers":{"stem":0.3733,"block-1":0.7211,"block-2":0.4444,"pool":0.9583},"activations":{"stem":75,"block-1":75,"block-2":36,"pool":4},"split":"test","examples":12}',
  },
  evaluate: {
    version: 2,
    value:
      '{"examples":12,"accuracy":0.3333,"top5":1,"nll":1.15,"ece":0.1641,"scaled":{"nll":1.099,"ece":0.00004917},"meanPerClass":0.3333,"temperature":1000,"temperatureAtEdge":true,"probabilities":"softmax","bins":15,"reliability":{},"perClass":{"class 0":{"examples":4,"accuracy":1,"top5":1,"nll":1.034,"ece":0.6445,"scaled":{"nll":1.099,"ece":0.6666}},"class 1":{"examples":4,"accuracy":0,"top5":1,"nll":1.244,"ece":0.4172,"scaled":{"nll":1.099,"ece":0.3334}},"class 2":{"examples":4,"accuracy":0,"top5":1,"nll":1.171,"ece":0.3808,"scaled":{"nll":1.099,"ece":0.3334}}},"split":"test","tuneExamples":12}',
  },
  agreement: {
    version: 1,
    value:
      '{"agreement":0,"accuracy":0.3333,"ensemble":{"accuracy":0.25,"nll":1.099,"gain":-0.08333},"pairEnsemble":{"accuracy":0.25},"examples":12,"classes":3}',
  },
};

const labels = Array.from({ length: 60 }, (_, i) => (i * i) % 5);
const features = featuresOf({
  layers: { pool: clusters(Rng.of(1, 'pool'), { labels, width: 4, apart: 1 }) },
  labels,
  splits: { train: [0, 30], tune: [30, 40], test: [40, 60] },
  classes: 5,
});
const data = datasetOf(bars({ examples: 40, seed: 3 }), {
  ...{ train: [0, 16], tune: [16, 28], test: [28, 40] },
});
/** Initial weights: training has golden tests of its own. */
const model = async (seed: number) =>
  asInput(
    await runKind(
      train,
      {
        ...{ loss: { type: 'untrained' }, seed },
        model: {
          ...{ type: 'resnet', stem: { width: 3, stride: 2 }, widths: [3, 4] },
          ...{ strides: [1, 2], blocks: [1, 1], 'last-layer-deviation': 0.5 },
        },
      },
      { data },
    ),
  );

const rounded = (value: unknown): string =>
  JSON.stringify(value, (_, item: Json) =>
    Array.isArray(item)
      ? undefined
      : typeof item === 'number'
        ? Number(item.toPrecision(4))
        : item,
  );

function check(
  kind: { readonly name: keyof typeof GOLDEN; readonly version: number },
  value: unknown,
): void {
  const actual = rounded(value);
  const golden = GOLDEN[kind.name];
  const message = `the output of "${kind.name}" changed to ${actual}: bump its version, or fix the change`;
  assert.equal(kind.version, golden.version, message);
  assert.equal(actual, golden.value, message);
}

test('the output of knn is that of its version', async () => {
  const { value } = await runKind(
    knn,
    { vote: 'weighted', distance: 'euclidean' },
    { features },
  );
  check({ ...knn, name: 'knn' }, value);
});

test('the output of spectrum is that of its version', async () => {
  const { value } = await runKind(spectrum, {}, { matrix: features });
  check({ ...spectrum, name: 'spectrum' }, value);
});

test('the output of sparsity is that of its version', async () => {
  const inputs = { model: await model(1), data };
  const { value } = await runKind(sparsity, {}, inputs);
  check({ ...sparsity, name: 'sparsity' }, value);
});

test('the outputs of evaluate and agreement are those of their versions', async () => {
  const predictions = [];
  for (const seed of [1, 2]) {
    const inputs = { model: await model(seed), data };
    const made = await runKind(evaluate, {}, inputs);
    if (seed === 1) check({ ...evaluate, name: 'evaluate' }, made.value);
    const coordinates = { seed: String(seed) };
    predictions.push({ coordinates, artifact: asInput(made) });
  }
  const { value } = await runKind(agreement, {}, { predictions });
  check({ ...agreement, name: 'agreement' }, value);
});
