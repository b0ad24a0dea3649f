import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a native backend that is not installed is a mistake on the command line, with the way out', async (context) => {
  const folder = temporaryFolder(context);
  const file = join(folder, 'one.yaml');
  writeFileSync(
    file,
    'pipeline: 1\nname: one\nnodes: { source: { kind: dataset, params: { source: { type: digits } } } }\n',
  );
  for (const name of ['tensorflow', 'tensorflow-gpu']) {
    const { code, stdout } = await startCli(
      folder,
      ['run', file, '--backend', name, '--json'],
      { PIPELINE_BACKENDS: join(folder, 'none') },
    ).ended;
    assert.equal(code, 2);
    const { diagnostics } = JSON.parse(stdout) as {
      diagnostics: { code: string; message: string; help: string }[];
    };
    assert.equal(diagnostics[0]?.code, 'COMMAND_LINE_INVALID');
    assert.equal(
      diagnostics[0].message,
      `The backend "${name}" is not installed on this machine.`,
    );
    assert.match(diagnostics[0].help, new RegExp(`backend install ${name}`));
  }
});
