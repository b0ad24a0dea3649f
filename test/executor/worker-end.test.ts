import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { describeEnd } from '../../src/executor/worker-end.ts';

const end = (facts: Partial<Parameters<typeof describeEnd>[0]>) =>
  describeEnd({
    how: 'SIGKILL',
    words: '',
    killsBefore: 3,
    killsAfter: 3,
    ...facts,
  });

test('a kill is put down to memory where the system has counted one', () => {
  assert.equal(end({}), 'The worker was ended by SIGKILL.');
  assert.match(end({ killsAfter: 4 }), /the system ran out of memory.*batch/);
  assert.match(end({ killsBefore: null }), /this way when memory runs out/);
});

test('other ends say what was printed last', () => {
  assert.equal(
    end({ how: 'exit code 3', words: 'no luck' }),
    'The worker was ended by exit code 3.\nno luck',
  );
});

test('a process whose JavaScript has no memory left is recognised by what it prints', () => {
  const child = spawnSync(
    process.execPath,
    [
      '--max-old-space-size=20',
      '-e',
      'const all = []; for (;;) all.push(new Array(1000).fill({}));',
    ],
    { encoding: 'utf8' },
  );
  const how = child.signal ?? `exit code ${String(child.status)}`;
  const said = end({ how, words: child.stderr.slice(-2000) });
  assert.match(said, /^The worker was ended by .*: its memory ran out\./);
});
