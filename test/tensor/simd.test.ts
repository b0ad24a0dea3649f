import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackend } from '../../src/tensor/backend.ts';
import { backendSuite } from './suite/backend-suite.ts';

const { facts, layers } = await openBackend('wasm');

test('the backend that users open has the SIMD kernels', () => {
  assert.equal(facts['kernels'], 'simd');
});
backendSuite(layers);
