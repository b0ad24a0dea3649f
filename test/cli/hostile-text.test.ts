import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { usesColor } from '../../src/cli/uses-color.ts';
import { runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A name that would turn a terminal red, and one that would turn what follows around. */
const PIPELINE = `
pipeline: 1
name: "red\\e[31m\\u202E"
nodes:
  images:
    kind: dataset
    params: { source: { type: shapes, content: factors, label: fill, images: { train: 20, tune: 5, test: 5 } } }
`;
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

test('what a terminal would act on is escaped in the name of a pipeline', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'hostile.yaml'), PIPELINE);
  for (const command of ['plan', 'run', 'validate']) {
    const { code, stdout, stderr } = await runCli(folder, [
      ...[command, 'hostile.yaml'],
    ]);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout + stderr, UNSAFE);
    assert.ok((stdout + stderr).includes('red\\x1b[31m\\u202e'), command);
  }
});

test('colours are for terminals, and not for those who want none', () => {
  const terminal = { isTTY: true };
  assert.equal(usesColor(terminal, { TERM: 'xterm' }), true);
  assert.equal(usesColor(terminal, { TERM: 'xterm', NO_COLOR: '' }), true);
  assert.equal(usesColor(terminal, { TERM: 'xterm', NO_COLOR: '1' }), false);
  assert.equal(usesColor(terminal, { TERM: 'dumb' }), false);
  assert.equal(usesColor({}, { TERM: 'xterm' }), false);
});
