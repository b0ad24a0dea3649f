import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeOptions } from '../../../src/cli/choose-backend.ts';
import { openBackend } from '../../../src/tensor/backend.ts';
import { tf, type Tensor4D } from '../../../src/tensor/tf.ts';
import { withNative } from '../../support/native.ts';

await withNative('ops that are split among threads', async (installation) => {
  // Read when the library is loaded.
  process.env['TF_NUM_INTRAOP_THREADS'] = '2';
  const { facts } = await openBackend(
    'tensorflow',
    nativeOptions(installation, process.env),
  );

  test('ops that are split among threads are told in the record, and give the same bits each time', () => {
    assert.equal(facts['threads-per-op'], '2');
    assert.deepEqual(nativeOptions(installation, {}), { installation });
    const results = [0, 1].map(() =>
      tf.tidy(() => {
        const x = tf.randomNormal([64, 12, 12, 16], 0, 1, 'float32', 3);
        const w = tf.randomNormal([3, 3, 16, 16], 0, 1, 'float32', 4);
        const slope = tf.grads((a, b) =>
          tf.conv2d(a as Tensor4D, b as Tensor4D, 1, 'same'),
        );
        return slope([x, w]).map((gradient) => [...gradient.dataSync()]);
      }),
    );
    assert.deepEqual(results[0], results[1]);
  });
});
