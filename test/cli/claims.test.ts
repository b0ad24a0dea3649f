import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { CheckedClaim } from '../../src/claims/check-claim.ts';
import { jsonLines, nodesThat, runCli, type Ended } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/**
 * Numbers of three objectives on three seeds, at no cost: what a table averages over first is the objective's own number
 * and the seed's, so that they are halves of a sum.
 */
const PIPELINE = `
pipeline: 1
name: claims
axes:
  loss:
    softmax: { r2: 0.8, transfer: 1.2 }
    cosine: { r2: 1.2, transfer: 1.0 }
    squared: { r2: 1.3, transfer: 1.2 }
  seed:
    '0': { r2: 0.00, transfer: 0.0 }
    '1': { r2: 0.02, transfer: 0.3 }
    '2': { r2: 0.01, transfer: -0.3 }
  part: [own, noise]
nodes:
  own[loss, seed, part]: { kind: constant, params: { value: '\${loss}' }, exclude: [{ part: noise }] }
  noise[loss, seed, part]: { kind: constant, params: { value: '\${seed}' }, exclude: [{ part: own }] }
  summary:
    kind: table
    inputs: { numbers: ['own[loss=*, seed=*, part=*]', 'noise[loss=*, seed=*, part=*]'] }
    params:
      rows: loss
      columns:
        - { title: R², value: value.r2 }
        - { title: transfer, value: value.transfer, format: percent }
  other:
    kind: table
    inputs: { numbers: 'own[loss=*, seed=*, part=*]' }
    params: { rows: loss, columns: [{ title: R², value: value.r2 }] }
`;
const CLAIMS = `
claims:
  above-softmax:
    says: Every other objective separates its classes more than softmax.
    quantity: { type: difference, table: summary, column: R², from: softmax }
    above: 0.1
  cosine-below:
    says: Cosine softmax transfers worse than half of the time.
    quantity: { type: mean, table: summary, column: transfer, rows: [cosine] }
    below: 0.5
  squared-below:
    says: Squared error transfers worse than softmax.
    quantity: { type: difference, table: summary, column: transfer, from: softmax, rows: [squared] }
    below: 0
`;

function project(context: TestContext, text: string) {
  const folder = temporaryFolder(context);
  const write = (file: string, content: string): void => {
    writeFileSync(join(folder, file), content);
  };
  write('package.json', '{}');
  write('claims.yaml', text);
  return {
    folder,
    write,
    pipeline: (command: string, ...words: string[]): Promise<Ended> =>
      runCli(folder, [command, 'claims.yaml', ...words]),
  };
}

const verdictsOf = (claims: unknown): readonly (readonly string[])[] =>
  (claims as readonly CheckedClaim[]).map(({ name, verdict }) => [
    name,
    verdict,
  ]);
const VERDICTS = [
  ['above-softmax', 'holds'],
  ['cosine-below', 'undecided'],
  ['squared-below', 'fails'],
];

test('a run ends with the scorecard; a claim is in no key, and a failed one fails the run only if asked', async (context) => {
  const { pipeline, write, folder } = project(context, PIPELINE + CLAIMS);

  const before = await pipeline('claims', '--json');
  assert.equal(before.code, 0, before.stderr);
  assert.deepEqual(
    verdictsOf((JSON.parse(before.stdout) as { claims: unknown }).claims),
    VERDICTS.map(([name]) => [name, 'not-computed']),
  );
  assert.deepEqual(readdirSync(folder).sort(), ['claims.yaml', 'package.json']);

  const first = await pipeline('run', '--json');
  assert.equal(first.code, 0, first.stderr);
  const [scorecard, last] = jsonLines(first).slice(-2);
  assert.equal(last?.['event'], 'run-finished');
  assert.equal(scorecard?.['event'], 'scorecard');
  assert.deepEqual(verdictsOf(scorecard['claims']), VERDICTS);

  const strict = await pipeline('run', '--strict-claims');
  assert.equal(strict.code, 1);
  assert.equal(
    strict.stdout.slice(strict.stdout.indexOf('3 claims')),
    `3 claims: 1 holds, 1 fails, 1 undecided

✔ above-softmax: holds
    Every other objective separates its classes more than softmax.
    Closest of 2 is cosine: 0.200 [0.200, 0.200], to be above 0.1 (n = 3)

? cosine-below: undecided at n = 3
    Cosine softmax transfers worse than half of the time.
    cosine: 50.0 [12.7, 87.3], to be below 50 (n = 3)

✖ squared-below: fails
    Squared error transfers worse than softmax.
    squared: 0.0 [0.0, 0.0], to be below 0 (n = 3)
`,
  );
  assert.match(strict.stderr, /0 ran/);

  const shown = await pipeline('claims');
  assert.equal(shown.code, 0);
  assert.ok(strict.stdout.endsWith(shown.stdout));
  const asked = await pipeline('claims', '--strict-claims', '--json');
  assert.equal(asked.code, 1);
  assert.deepEqual(
    JSON.parse(asked.stdout) as unknown,
    { claims: scorecard['claims'] },
    'the same as in the run',
  );

  // Undecided is not failed, and an edited claim runs nothing.
  write('claims.yaml', (PIPELINE + CLAIMS).replace('below: 0\n', 'below: 1\n'));
  const edited = await pipeline('run', '--json', '--strict-claims');
  assert.equal(edited.code, 0, edited.stderr);
  assert.deepEqual(nodesThat('ran', jsonLines(edited)), []);
});

test('claims about tables outside of a partial run are left out, those whose table failed are not computed', async (context) => {
  const { pipeline } = project(
    context,
    PIPELINE.replace('value: value.r2 }]', 'value: valeu.r2 }]') +
      CLAIMS.replace('table: summary, column: R²', 'table: other, column: R²'),
  );
  const part = await pipeline('run', '--json', '--only', 'own');
  assert.equal(part.code, 0, part.stderr);
  assert.ok(!jsonLines(part).some(({ event }) => event === 'scorecard'));

  const summary = await pipeline('run', '--json', '--only', 'summary');
  const partial = jsonLines(summary).find(({ event }) => event === 'scorecard');
  assert.deepEqual(verdictsOf(partial?.['claims']), VERDICTS.slice(1));

  const whole = await pipeline('run', '--strict-claims');
  assert.equal(whole.code, 1);
  assert.match(
    whole.stdout,
    /3 claims: 1 fails, 1 undecided, 1 not computed yet\n/,
  );
  assert.match(
    whole.stdout,
    /– not computed yet\n {4}above-softmax\n {4}"other" has not been computed yet\.\n$/,
  );
});

test('a file without claims has no scorecard, and the command says so', async (context) => {
  const { pipeline } = project(context, PIPELINE);
  const run = await pipeline('run', '--json');
  assert.equal(run.code, 0, run.stderr);
  assert.ok(!jsonLines(run).some(({ event }) => event === 'scorecard'));
  const claims = await pipeline('claims');
  assert.equal(claims.code, 0);
  assert.equal(claims.stdout, 'claims makes no claims.\n');
  const json = await pipeline('claims', '--json');
  assert.deepEqual(JSON.parse(json.stdout), { claims: [] });
});
