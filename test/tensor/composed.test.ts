import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWasm } from '../../src/tensor/wasm/open-wasm.ts';
import { backendSuite } from './suite/backend-suite.ts';

const { facts, layers } = await openWasm({ kernels: 'composed' });

test('without SIMD kernels the compositions are used, and the facts say so', () => {
  assert.equal(facts['kernels'], 'composed');
});
backendSuite(layers);
