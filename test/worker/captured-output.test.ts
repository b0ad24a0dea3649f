import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NodeLog } from '../../src/worker/node-log.ts';
import { PrintedOutput } from '../../src/worker/printed-output.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('what was printed is read without moving where the next goes', (context) => {
  const file = openSync(join(temporaryFolder(context), 'output'), 'ax+');
  const printed = new PrintedOutput(file);
  assert.equal(printed.read(), '');
  writeSync(file, 'one\n');
  assert.equal(printed.read(), 'one\n');
  writeSync(file, 'two\n');
  assert.equal(printed.read(), 'one\ntwo\n');
  printed.clear();
  assert.equal(printed.read(), '');
  writeSync(file, 'three\n');
  assert.equal(printed.read(), 'three\n');
  closeSync(file);
});

test('of much that was printed the end is kept', (context) => {
  const file = openSync(join(temporaryFolder(context), 'output'), 'ax+');
  const printed = new PrintedOutput(file);
  for (let line = 0; line < 20_000; line++) writeSync(file, `line ${line}\n`);
  const text = printed.read();
  assert.ok(text.length <= 1 << 16);
  assert.ok(text.endsWith('line 19999\n'));
  closeSync(file);
});

test('output that goes nowhere reads as nothing', () => {
  const printed = new PrintedOutput(-1);
  printed.clear();
  assert.equal(printed.read(), '');
});

test('a log that grows without end is cut, and says so', () => {
  const log = new NodeLog();
  log.add('first');
  for (let line = 0; line < 100_000; line++) log.add('x'.repeat(20));
  assert.equal(log.lines[0], 'first');
  assert.equal(log.lines.at(-1), '(The rest of the log was cut.)');
  assert.ok(log.lines.join('\n').length < 300_000);
});
