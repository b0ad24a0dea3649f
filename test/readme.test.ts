import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeKinds } from '../src/nodes/index.ts';
import { runCli } from './support/cli.ts';
import { projectRoot } from './support/project.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');

test('the pipeline in the README has nothing wrong', async (context) => {
  const folder = temporaryFolder(context);
  const example = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  assert.ok(example.includes('pipeline: 1'));
  writeFileSync(join(folder, 'example.yaml'), example);
  const ended = await runCli(folder, ['validate', 'example.yaml']);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /two-objectives: 20 nodes/);
});

test('the README names every kind and every command', async () => {
  for (const { name } of nodeKinds) assert.ok(readme.includes(`\`${name}\``));
  const help = await runCli(projectRoot, ['--help']);
  const commands = [...help.stdout.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => name !== 'help');
  assert.ok(commands.length >= 8);
  for (const name of commands)
    assert.ok(readme.includes(`pipeline ${name}`), name);
});

test('--version is that of the package', async () => {
  const { version } = JSON.parse(
    readFileSync(join(projectRoot, 'package.json'), 'utf8'),
  ) as { readonly version: string };
  const ended = await runCli(projectRoot, ['--version']);
  assert.equal(ended.stdout, `${version}\n`);
});
