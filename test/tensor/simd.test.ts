import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackend } from '../../src/tensor/backend.ts';
import { batchNormSuite } from './suite/batch-norm.ts';
import {
  convolutionSuite,
  depthwiseSuite,
  volumeSuite,
} from './suite/convolution.ts';
import { poolSuite } from './suite/pool.ts';
import { productSuite } from './suite/products.ts';
import { trainingSuite } from './suite/training.ts';

const { facts, layers } = await openBackend('wasm');

test('the backend that users open has the SIMD kernels', () => {
  assert.equal(facts['kernels'], 'simd');
});
convolutionSuite(layers);
volumeSuite();
depthwiseSuite();
batchNormSuite(layers);
poolSuite(layers);
productSuite(layers);
trainingSuite(layers);
