import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Inference } from '../../src/model/inference.ts';
import { ModelError } from '../../src/model/model-error.ts';
import { layerNames } from '../../src/model/network.ts';
import {
  buildNetwork,
  type ArchitectureSetting,
} from '../../src/model/build-network.ts';
import { drawWeights, parameterCount } from '../../src/model/weights.ts';
import { bindObjective } from '../../src/ops/loss/bind-objective.ts';
import { openBackend, type Backend } from '../../src/tensor/backend.ts';
import { Rng } from '../../src/tensor/rng.ts';
import { tf } from '../../src/tensor/tf.ts';
import { logitLoops } from '../support/reference/objectives.ts';
import { assertClose } from '../support/assert-close.ts';
import { resnetLoops, type PlainResnet } from '../support/reference/resnet.ts';
import {
  mapsOf,
  plainArrays,
  TINY,
  tinyNetwork,
  unevenWeights,
} from './tiny.ts';

let backend: Backend;
before(async () => {
  backend = await openBackend('wasm');
});

const MINI = {
  type: 'resnet',
  stem: { width: 16, stride: 2 },
  widths: [16, 32, 64, 128],
  strides: [1, 2, 2, 2],
  blocks: [1, 1, 1, 1],
  'zero-gamma': false,
  'last-layer-deviation': 0.05,
} as const;

test('the network of the miniature study has 312,180 parameters', () => {
  const network = buildNetwork(
    {
      ...MINI,
      widths: [...MINI.widths],
      strides: [...MINI.strides],
      blocks: [...MINI.blocks],
    },
    { channels: 3, classes: 36 },
  );
  assert.equal(parameterCount(network.weights), 312_180);
  assert.equal(network.features, 128);
  assert.deepEqual(layerNames(network), [
    ...['stem', 'block-1', 'block-2', 'block-3', 'block-4'],
    ...['pool', 'logits', 'outputs'],
  ]);
});

test('ResNet-18 for 32×32 images has the 11,173,962 parameters it is known for', () => {
  const network = buildNetwork(
    {
      ...TINY,
      stem: { width: 64, stride: 1 },
      widths: [64, 128, 256, 512],
      strides: [1, 2, 2, 2],
      blocks: [2, 2, 2, 2],
    },
    { channels: 3, classes: 10 },
  );
  assert.equal(parameterCount(network.weights), 11_173_962);
});

test('weight decay covers convolutions and the last layer, not biases and batch norm', () => {
  const decayed = tinyNetwork().weights.filter(({ decays }) => decays);
  assert.ok(decayed.every(({ name }) => /filter$|logits\/weights$/.test(name)));
  const filters = tinyNetwork().weights.filter(({ name }) =>
    /filter$/.test(name),
  );
  assert.equal(decayed.length, filters.length + 1);
});

test('a block has a convolution in its shortcut where the width or the stride changes, and only there', () => {
  const network = tinyNetwork({
    widths: [3, 3, 4],
    strides: [1, 2, 1],
    blocks: [2, 1, 1],
  });
  assert.deepEqual(
    network.weights
      .map(({ name }) => name)
      .filter((name) => name.endsWith('/shortcut-conv/filter')),
    ['block-3/shortcut-conv/filter', 'block-4/shortcut-conv/filter'],
  );
});

test('lists of unequal length are refused with their lengths', () => {
  assert.throws(
    () => tinyNetwork({ strides: [1] }),
    new ModelError(
      '"widths", "strides" and "blocks" of a resnet must be equally long, but have 2, 1 and 2 values.',
    ),
  );
});

test('initial weights have the deviations they are said to have', () => {
  const { weights } = buildNetwork(
    {
      ...TINY,
      stem: { width: 64, stride: 1 },
      widths: [64],
      strides: [1],
      blocks: [1],
    },
    { channels: 3, classes: 100 },
  );
  const drawn = drawWeights(weights, 1, 'test');
  const deviation = (name: string): number => {
    const values = drawn[name]!;
    return Math.sqrt(
      values.reduce((total, value) => total + value * value, 0) / values.length,
    );
  };
  // 36,864 numbers: the standard error is 0.4 %.
  const expected = Math.sqrt(2 / (9 * 64));
  assert.ok(Math.abs(deviation('block-1/conv-1/filter') / expected - 1) < 0.02);
  // By fan-out the stem would have sqrt(2 / 576), 4.6 times less.
  assert.ok(
    Math.abs(deviation('stem/conv/filter') / Math.sqrt(2 / 27) - 1) < 0.08,
  );
  assert.ok(Math.abs(deviation('logits/weights') / 0.5 - 1) < 0.05);
  assert.ok(drawn['logits/bias']!.every((value) => value === 0));
  assert.ok(drawn['stem/norm/gamma']!.every((value) => value === 1));
  assert.ok(drawn['stem/norm/variance']!.every((value) => value === 1));
});

test('the seed decides the initial weights, and other layers do not', () => {
  const small = drawWeights(tinyNetwork().weights, 5, 'test');
  const large = drawWeights(tinyNetwork({ widths: [3, 8] }).weights, 5, 'test');
  const other = drawWeights(tinyNetwork().weights, 6, 'test');
  const name = 'block-1/conv-2/filter';
  assert.deepEqual(small[name], large[name]);
  assert.notDeepEqual(small[name], other[name]);
  assert.notDeepEqual(small[name], small['block-1/conv-1/filter']);
});

test('in evaluation every layer is what the loops say, averaged or not', async () => {
  const network = tinyNetwork();
  const weights = unevenWeights(drawWeights(network.weights, 2, 'test'), 2);
  const shape = [2, 7, 6, 1] as const;
  const rng = Rng.of(4, 'images');
  const images = Float32Array.from({ length: 84 }, () => rng.normal());
  const expected = resnetLoops(
    TINY,
    plainArrays(weights),
    mapsOf(images, shape),
    false,
  );

  const before = tf.memory().numTensors;
  const objective = bindObjective({ type: 'sigmoid', 'rate-scale': 1 });
  const inference = new Inference({
    network,
    objective,
    layers: backend.layers,
    weights,
  });
  const all = new Set(layerNames(network));
  const flat = await inference.activations(images, shape, all, 'none');
  const averaged = await inference.activations(images, shape, all, 'average');
  inference.dispose();
  assert.equal(tf.memory().numTensors, before);

  const close = (actual: Float32Array | undefined, wanted: number[]): void => {
    assert.equal(actual?.length, wanted.length);
    wanted.forEach((value, i) => {
      assert.ok(
        Math.abs(actual[i]! - value) < 2e-5,
        `${actual[i]!} for ${value}`,
      );
    });
  };
  for (const { name: layer } of network.maps) {
    const maps = expected.maps[layer]!;
    close(flat[layer], maps.flat(3));
    const means = maps.flatMap((image) => {
      const pixels = image.flat();
      return pixels[0]!.map(
        (_, c) =>
          pixels.reduce((total, pixel) => total + pixel[c]!, 0) / pixels.length,
      );
    });
    close(averaged[layer], means);
  }
  close(flat['pool'], expected.pool.flat());
  const W = Array.from({ length: 4 }, (_, j) => [
    ...weights['logits/weights']!.subarray(j * 3, j * 3 + 3),
  ]);
  const logits = logitLoops({
    x: expected.pool,
    W,
    b: [...weights['logits/bias']!],
    labels: [],
  }).flat();
  close(flat['logits'], logits);
  close(
    flat['outputs'],
    logits.map((logit) => logit - Math.log(3)),
  );
});

test('only the layers that are asked for come back', async () => {
  const network = tinyNetwork();
  const weights = drawWeights(network.weights, 2, 'test');
  const objective = bindObjective({ type: 'untrained' });
  const inference = new Inference({
    network,
    objective,
    layers: backend.layers,
    weights,
  });
  const images = new Float32Array(49);
  const found = await inference.activations(
    images,
    [1, 7, 7, 1],
    new Set(['block-2']),
    'average',
  );
  inference.dispose();
  assert.deepEqual(Object.keys(found), ['block-2']);
});

test('with zero gamma a block begins as its shortcut', async () => {
  const network = tinyNetwork({ 'zero-gamma': true });
  const weights = drawWeights(network.weights, 2, 'test');
  assert.ok(weights['block-3/norm-2/gamma']!.every((value) => value === 0));
  assert.ok(weights['block-3/norm-1/gamma']!.every((value) => value === 1));
  const objective = bindObjective({ type: 'untrained' });
  const inference = new Inference({
    network,
    objective,
    layers: backend.layers,
    weights,
  });
  const images = Float32Array.from({ length: 49 }, (_, i) => Math.sin(i));
  const found = await inference.activations(
    images,
    [1, 7, 7, 1],
    new Set(['block-2', 'block-3']),
    'none',
  );
  inference.dispose();
  assert.deepEqual(found['block-3'], found['block-2']);
  assert.ok(found['block-3']!.some((value) => value > 0));
});

/** A bottleneck network of every part, on images of any size. */
const BOTTLENECK = {
  type: 'resnet',
  stem: { width: 3, stride: 2, size: 7, pool: true },
  bottleneck: true,
  widths: [8, 12],
  strides: [1, 2],
  blocks: [2, 1],
  'zero-gamma': false,
  'last-layer-deviation': 0.5,
} as const;

const mutable = (setting: typeof BOTTLENECK): ArchitectureSetting => ({
  ...setting,
  widths: [...setting.widths],
  strides: [...setting.strides],
  blocks: [...setting.blocks],
});

test('ResNet-50 has the 25,557,032 parameters that it has elsewhere', () => {
  const network = buildNetwork(
    {
      ...mutable(BOTTLENECK),
      stem: { width: 64, stride: 2, size: 7, pool: true },
      widths: [256, 512, 1024, 2048],
      strides: [1, 2, 2, 2],
      blocks: [3, 4, 6, 3],
    },
    { channels: 3, classes: 1000 },
  );
  // Of torchvision's resnet50.
  assert.equal(parameterCount(network.weights), 25_557_032);
});

test('bottlenecks, a large stem and its pool are what the loops say', async () => {
  const network = buildNetwork(mutable(BOTTLENECK), {
    channels: 2,
    classes: 3,
  });
  const weights = unevenWeights(drawWeights(network.weights, 2, 'test'), 2);
  const shape = [2, 17, 16, 2] as const;
  const rng = Rng.of(4, 'images');
  const images = Float32Array.from({ length: 2 * 17 * 16 * 2 }, () =>
    rng.normal(),
  );
  const loops = (net: PlainResnet) =>
    resnetLoops(net, plainArrays(weights), mapsOf(images, shape), false);
  const inference = new Inference({
    network,
    objective: bindObjective({ type: 'softmax', 'rate-scale': 1 }),
    layers: backend.layers,
    weights,
  });
  const all = new Set(layerNames(network));
  const found = await inference.activations(images, shape, all, 'none');
  inference.dispose();
  const expected = loops(BOTTLENECK);
  for (const { name: layer } of network.maps) {
    assertClose(found[layer]!, expected.maps[layer]!.flat(3), 1e-5, layer);
  }
  const strideLate = loops({ ...BOTTLENECK, strides: [1, 1] });
  assert.notEqual(
    found['block-3']!.length,
    strideLate.maps['block-3']!.flat(3).length,
  );
});

test('a bottleneck needs a width with a quarter', () => {
  assert.throws(
    () =>
      buildNetwork(
        { ...mutable(BOTTLENECK), widths: [8, 10] },
        { channels: 2, classes: 3 },
      ),
    (error) =>
      error instanceof ModelError &&
      error.message ===
        '"widths" of a resnet with bottlenecks must be multiples of 4, but one is 10.',
  );
});
