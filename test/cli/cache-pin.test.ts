import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { jsonLines, nodesThat, runCli, type Line } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PIPELINE = (value: number): string => `
pipeline: 1
name: pins
axes: { i: [1, 2, 3] }
nodes:
  one[i]: { kind: constant, params: { value: [${value}, '\${i}'] } }
  all: { kind: constant, inputs: { a: 'one[i=*]' }, params: { value: 0 } }
profiles:
  small: { axes: { i: [4, 5] } }
`;

class Project {
  readonly #folder: string;

  constructor(context: TestContext) {
    this.#folder = temporaryFolder(context);
    writeFileSync(join(this.#folder, 'package.json'), '{}');
    this.write(1);
  }

  write(value: number): void {
    writeFileSync(join(this.#folder, 'a.yaml'), PIPELINE(value));
  }

  /** Names of the nodes that ran. */
  async run(...words: readonly string[]): Promise<readonly string[]> {
    const ended = await runCli(this.#folder, [
      ...['run', 'a.yaml', '--json', '--jobs', '1'],
      ...words,
    ]);
    assert.equal(ended.code, 0, ended.stderr);
    return nodesThat('ran', jsonLines(ended));
  }

  async cache(code: number, ...words: readonly string[]): Promise<Line> {
    const ended = await runCli(this.#folder, ['cache', ...words, '--json']);
    assert.equal(ended.code, code, ended.stderr);
    return JSON.parse(ended.stdout) as Line;
  }

  /** Records that a prune removes. */
  async prune(...words: readonly string[]): Promise<unknown> {
    const { remove } = await this.cache(0, 'prune', '--yes', ...words);
    return (remove as Line)['records'];
  }
}

test('a prune keeps the last run with each set of profiles, and what is pinned', async (context) => {
  const project = new Project(context);
  assert.equal((await project.run()).length, 4);
  assert.equal((await project.run('--profile', 'small')).length, 3);
  // The profile's run has other results under some of the same names.
  assert.equal(await project.prune(), 0);
  assert.deepEqual(await project.run(), []);

  const pinned = await project.cache(0, 'pin', 'a.yaml', 'one[i=2]');
  assert.deepEqual(pinned, { changed: 1, pinned: 1, missing: [] });
  const listed = (await project.cache(0, 'ls'))['pins'] as readonly Line[];
  assert.deepEqual(
    listed.map(({ pipeline, records }) => [pipeline, records]),
    [['pins', 1]],
  );

  project.write(2);
  await project.run();
  // Replaced: one[i=1], one[i=3] and all; the second is pinned.
  assert.equal(await project.prune(), 3);
  project.write(1);
  assert.deepEqual(await project.run('--only', 'one'), [
    'one[i=1]',
    'one[i=3]',
  ]);

  const gone = await project.cache(0, 'unpin', 'a.yaml');
  assert.deepEqual([gone['changed'], gone['pinned']], [1, 0]);
  assert.deepEqual((await project.cache(0, 'ls'))['pins'], []);
});

test('what has not been computed can not be pinned, and is named', async (context) => {
  const project = new Project(context);
  const pinned = await project.cache(1, 'pin', 'a.yaml', 'all');
  assert.deepEqual(pinned, { changed: 0, pinned: 0, missing: ['all'] });
});
