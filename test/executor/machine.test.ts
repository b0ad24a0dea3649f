import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gpuNames, machineBudget } from '../../src/executor/machine.ts';

test('GPUs are those of the machine, or those that the variable leaves', () => {
  const devices = ['null', 'nvidia0', 'nvidia3', 'nvidiactl', 'nvidia-uvm'];
  assert.deepEqual(gpuNames(undefined, devices), ['0', '1']);
  assert.deepEqual(gpuNames('2, GPU-8f,1', devices), ['2', 'GPU-8f', '1']);
  assert.deepEqual(gpuNames('', devices), []);
  assert.deepEqual(gpuNames('-1', devices), []);
  assert.deepEqual(gpuNames('0,-1,1', devices), ['0']);
});

test('a machine has processors and memory', () => {
  const { processors, memoryBytes } = machineBudget({});
  assert.ok(processors >= 1);
  assert.ok(memoryBytes > 1 << 20);
});
