import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLineInvalid } from '../../src/diagnostics/catalogue/shape.ts';

test('a word of the command line that nothing can use is pointed at in the argument', () => {
  const file = { path: 'command line', text: '--jobs=none' };
  const at = { file, start: 7, end: 11 };
  const problem = commandLineInvalid('"none" is no number.', at, 'Write 2.');
  assert.deepEqual(problem, {
    code: 'COMMAND_LINE_INVALID',
    severity: 'error',
    message: '"none" is no number.',
    at,
    help: 'Write 2.',
  });
});
