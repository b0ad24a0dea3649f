import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackend } from '../../src/tensor/backend.ts';
import { findFmaProblem } from '../../src/tensor/wasm/kernels/load-fma-kernels.ts';
import { loadKernels } from '../../src/tensor/wasm/kernels/load-kernels.ts';
import { batchNormSuite } from './suite/batch-norm.ts';
import { convolutionSuite, depthwiseSuite } from './suite/convolution.ts';
import { productSuite } from './suite/products.ts';
import { trainingSuite } from './suite/training.ts';

const problem = findFmaProblem();

test('the default kernels round products before they are added, on every machine', () => {
  const kernels = loadKernels(
    'simd',
    new WebAssembly.Memory({ initial: 1, maximum: 1 }),
  );
  assert.equal(kernels?.productRemainder(1 + 2 ** -12, 1 + 2 ** -12), 0);
});

if (problem === undefined) {
  const { facts, layers } = await openBackend('wasm', { fma: true });
  test('the facts say that multiplications and additions are fused', () => {
    assert.equal(facts['kernels'], 'simd-fma');
  });
  convolutionSuite(layers);
  depthwiseSuite();
  batchNormSuite(layers);
  productSuite(layers);
  trainingSuite(layers);
} else {
  test('a machine without fused multiply-add says so when it is asked for', async () => {
    await assert.rejects(openBackend('wasm', { fma: true }), {
      message: problem,
    });
  });
}
