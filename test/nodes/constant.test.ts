import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constant } from '../../src/nodes/constant.ts';
import type { Json } from '../../src/util/json.ts';
import { scoreAt } from '../support/members.ts';
import { runKind } from '../support/run-kind.ts';

test('a constant yields what the file says, of whatever form', async () => {
  const values: Json[] = [0.5, 'text', true, null, [1, [2]], { a: { b: 3 } }];
  for (const value of values) {
    const made = await runKind(constant, { value }, {});
    assert.deepEqual(made, { type: 'score', value: { value }, arrays: {} });
  }
});

test('what comes before a constant does not change it', async () => {
  const before = [scoreAt({ seed: '0' }, { value: 7 })];
  const made = await runKind(constant, { value: 1 }, { before });
  assert.deepEqual(made.value, { value: 1 });
});
