import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWasm } from '../../src/tensor/wasm/open-wasm.ts';
import { batchNormSuite } from './suite/batch-norm.ts';
import { convolutionSuite, volumeSuite } from './suite/convolution.ts';
import { poolSuite } from './suite/pool.ts';
import { productSuite } from './suite/products.ts';
import { trainingSuite } from './suite/training.ts';

const { facts, layers } = await openWasm({ kernels: 'composed' });

test('without SIMD kernels the compositions are used, and the facts say so', () => {
  assert.equal(facts['kernels'], 'composed');
});
convolutionSuite(layers);
volumeSuite();
batchNormSuite(layers);
poolSuite(layers);
productSuite(layers);
trainingSuite(layers);
