import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchBuilder, examplesOf } from '../../../src/model/batches.ts';
import { Inference } from '../../../src/model/inference.ts';
import type { PlainWeights } from '../../../src/model/weights.ts';
import { classSeparation } from '../../../src/ops/separation/class-separation.ts';
import { streamOf } from '../../../src/ops/separation/row-stream.ts';
import type { LayerOps } from '../../../src/tensor/layer-ops.ts';
import { tf } from '../../../src/tensor/tf.ts';
import {
  endsOnWasm,
  finish,
  numbersIn,
  planOf,
  startOf,
  trainedObjectives,
} from '../../model/native/objective-steps.ts';
import { bars } from '../../model/tiny.ts';
import { assertClose, assertFar } from '../../support/assert-close.ts';
import { finish as finishMeasure } from '../../support/probe.ts';
import { APART } from '../../support/tolerances.ts';
import type { Pace } from './pace.ts';

const TEST_IMAGES = 60;

/** Class separation of the pooled features of new images, before and after some epochs of twelve steps by an objective. */
async function separations(
  name: 'softmax' | 'cosine-softmax',
  layers: LayerOps,
  epochs: number,
): Promise<{ readonly before: number; readonly after: number }> {
  const plan = planOf(name, {
    source: bars({ examples: 96, seed: 2 }),
    ...{ examples: examplesOf({ start: 0, end: 96 }), epochs },
  });
  const other = bars({ examples: TEST_IMAGES, seed: 99 });
  const images = new BatchBuilder(other).images(
    examplesOf({ start: 0, end: TEST_IMAGES }),
  );
  const separation = async (weights: PlainWeights): Promise<number> => {
    const inference = new Inference({ ...plan, layers, weights });
    const { pool } = await inference.activations(
      images,
      [TEST_IMAGES, ...other.imageShape],
      new Set(['pool']),
      'average',
    );
    inference.dispose();
    assert.ok(pool);
    const { r2 } = finishMeasure(
      classSeparation(
        streamOf({
          ...{ dtype: 'float32', data: pool },
          shape: [TEST_IMAGES, pool.length / TEST_IMAGES],
        }),
        other.labels,
        { distance: 'cosine', center: false },
      ),
    );
    assert.ok(r2 !== null);
    return r2;
  };
  return {
    before: await separation(startOf(plan).weights),
    after: await separation((await finish(plan, layers)).weights),
  };
}

/**
 * What the SIMD kernels of `wasm` came to after so many epochs. That is no truth of its own (`trainLoops` in `test/model/` has
 * that), but all backends are held to it: rounding moves it by 1e-6, and the two objectives are ten times as far apart as is
 * allowed.
 */
const SEPARATIONS_ON_WASM = [
  { epochs: 2, softmax: 0.66659, 'cosine-softmax': 0.87789 },
  { epochs: 8, softmax: 0.82109, 'cosine-softmax': 0.8357 },
];
const SAME_FINDING = 1e-3;

/**
 * How far a training of six steps may be from the same one on `wasm`, relative to its largest number: other kernels, other
 * orders of sums, and gradients that pass through batch norms. Those of squared error are the steepest: its loss is some fifty
 * times as large.
 */
const otherKernels = (objective: string): number =>
  objective === 'squared-error' ? 5e-5 : 2e-5;

/** What users find on the opened backend: a measure of what training does, and models of their own. */
export function findingsSuite(layers: LayerOps, pace: Pace): void {
  for (const { epochs, ...expected } of pace === 'brief'
    ? SEPARATIONS_ON_WASM.slice(0, 1)
    : SEPARATIONS_ON_WASM) {
    const found: Partial<typeof expected> = {};
    for (const name of ['softmax', 'cosine-softmax'] as const) {
      test(`${epochs} epochs of ${name} separate classes, from little at first to what it comes to on every backend`, async () => {
        const { before, after } = await separations(name, layers, epochs);
        assert.ok(before < after / 2, `${before}, then ${after}`);
        assert.ok(
          Math.abs(after - expected[name]) < SAME_FINDING,
          `${after} is not ${expected[name]}`,
        );
        found[name] = after;
      });
    }

    test(`${epochs} epochs of cosine softmax separate classes more than as many of softmax`, () => {
      const { softmax, 'cosine-softmax': cosine } = found;
      assert.ok(softmax !== undefined && cosine !== undefined);
      assert.ok(cosine > softmax + SAME_FINDING, `${cosine}, not ${softmax}`);
    });
  }

  const onWasm = endsOnWasm();
  for (const name of trainedObjectives) {
    test(`${name}: six steps come to the weights and velocities of the embedded backend`, async () => {
      const start = startOf(planOf(name));
      const end = await finish(planOf(name), layers);
      assertClose(numbersIn(end), onWasm[name]!, otherKernels(name));
      assertFar(
        numbersIn({ ...start, velocities: {} }),
        numbersIn({ ...end, velocities: {} }),
        APART,
        'weights before and after',
      );
    });
  }

  // On the stock WebAssembly backend: Kernel 'Conv2DBackpropFilter' not registered (tensorflow/tfjs issue 8474).
  test('a convolutional model of the Layers API trains with fit', async () => {
    const source = bars({ examples: 48, seed: 4 });
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          ...{ inputShape: [9, 9, 1], filters: 4, kernelSize: 3 },
          ...{ padding: 'same', activation: 'relu' },
          kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
        }),
        tf.layers.maxPooling2d({ poolSize: 2, strides: 2 }),
        tf.layers.batchNormalization(),
        tf.layers.flatten(),
        tf.layers.dense({
          ...{ units: 3, activation: 'softmax' },
          kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }),
        }),
      ],
    });
    model.compile({
      optimizer: tf.train.adam(0.02),
      loss: 'categoricalCrossentropy',
    });
    const images = tf.tensor4d(
      new BatchBuilder(source).images(examplesOf({ start: 0, end: 48 })),
      [48, 9, 9, 1],
    );
    const labels = tf.oneHot([...source.labels], 3);
    const { history } = await model.fit(images, labels, {
      ...{ epochs: 8, batchSize: 16, shuffle: false },
    });
    const losses = (history['loss'] ?? []) as readonly number[];
    assert.equal(losses.length, 8);
    assert.ok(losses[0]! > 0.5 && losses[7]! < 0.2, losses.join(', '));
    model.dispose();
    tf.dispose([images, labels]);
  });
}
