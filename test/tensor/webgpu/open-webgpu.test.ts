import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackend } from '../../../src/tensor/backend.ts';
import { tf } from '../../../src/tensor/tf.ts';
import { withSoftwareGpu } from '../../support/software-gpu.ts';

await withSoftwareGpu('WebGPU on a software device', async () => {
  const { facts } = await openBackend('webgpu');

  test('the facts say who made the device, which it is, its driver, and that the processor stands in for it', () => {
    assert.deepEqual(Object.keys(facts), [
      ...['tfjs-core', 'tfjs-backend-webgpu', 'webgpu'],
      ...['device', 'vendor', 'adapter', 'driver'],
    ]);
    assert.equal(facts['device'], 'software');
    assert.equal(facts['vendor'], 'google');
    assert.match(facts['driver'] ?? '', /^SwiftShader driver/);
    assert.match(facts['webgpu'] ?? '', /^\d+\.\d+\.\d+$/);
  });

  test('what the device refuses is an error at the next read, not what was in the buffers before', async () => {
    const tooLarge = tf.fill([300, 1000, 1000], 1);
    const corner = tooLarge.slice([0, 0, 0], [1, 1, 2]);
    await assert.rejects(corner.data(), {
      message:
        "The GPU can't compute this: Buffer size (1200000000) exceeds the max buffer size limit (1073741824).",
    });
    tf.dispose([tooLarge, corner]);
    const fine = tf.tensor1d([1, 2]).square();
    assert.deepEqual([...(await fine.data())], [1, 4]);
    fine.dispose();
  });
});
