import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupDigits } from '../../src/util/group-digits.ts';

test('groups digits as the locale functions do', () => {
  for (const value of [0, 7, 999, 1000, 10_070, 999_999, 1_234_567, -1000]) {
    assert.equal(groupDigits(value), value.toLocaleString('en-US'));
  }
});
