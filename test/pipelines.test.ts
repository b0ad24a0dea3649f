import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jsonLines, nodesThat, runCli } from './support/cli.ts';
import { projectRoot } from './support/project.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { writeYourFeatures } from './support/your-features.ts';

const FOLDER = join(projectRoot, 'pipelines');
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

/** Pipelines that read files of the user's: what puts such files into the folder of a copy. */
const BRING_FILES: Readonly<Record<string, (folder: string) => void>> = {
  'your-features.yaml': writeYourFeatures,
};

/** Names of the profiles of a file: the keys one level below `profiles`. */
const profilesOf = (text: string): string[] =>
  [...(text.split('\nprofiles:\n')[1] ?? '').matchAll(/^ {2}([\w-]+):/gm)].map(
    (match) => match[1] ?? '',
  );

for (const file of files) {
  const text = readFileSync(join(FOLDER, file), 'utf8');

  test(`${file} opens with the schema, its purpose and its command`, () => {
    const header = text.slice(0, text.indexOf('\npipeline: 1\n'));
    assert.match(header, /^# yaml-language-server: \$schema=\.\.\/schemas\//);
    assert.ok(header.includes(`npx pipeline run pipelines/${file}`));
    assert.ok(header.split('\n').every((line) => /^(#.*)?$/.test(line)));
  });

  test(`${file} has nothing wrong, under any of its profiles`, async () => {
    const profiles = profilesOf(text);
    assert.ok(profiles.includes('smoke'));
    for (const words of [[], ...profiles.map((name) => ['--profile', name])]) {
      const ended = await runCli(projectRoot, [
        ...['validate', join('pipelines', file), '--json'],
        ...words,
      ]);
      assert.deepEqual(JSON.parse(ended.stdout), { diagnostics: [] });
    }
  });

  test(`${file} runs whole in smoke size, and then is all hits`, async (context) => {
    const folder = temporaryFolder(context);
    const cache = join(folder, 'cache');
    const bringFiles = BRING_FILES[file];
    let path = join('pipelines', file);
    if (bringFiles !== undefined) {
      path = join(folder, file);
      cpSync(join(FOLDER, file), path);
      bringFiles(folder);
    }
    const words = [
      ...['run', path, '--json', '--profile', 'smoke'],
      ...['--cache', cache],
    ];
    const first = await runCli(projectRoot, words);
    assert.equal(first.code, 0, first.stderr + first.stdout.slice(-2000));
    const second = await runCli(projectRoot, words);
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual(nodesThat('ran', jsonLines(second)), []);
    // The summary says the same in both runs, to the byte.
    const show = async () =>
      runCli(projectRoot, [
        ...['show', path, 'summary', '--json'],
        ...['--profile', 'smoke', '--cache', cache],
      ]);
    const [one, two] = [await show(), await show()];
    assert.equal(one.code, 0, one.stderr);
    assert.equal(one.stdout, two.stdout);
    assert.match(one.stdout, /"rows":\["[^"]+"/);
  });
}
