import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  diagnosticsToJson,
  printDiagnostics,
} from '../../src/diagnostics/print.ts';
import { loadText } from '../support/plan-of.ts';
import { projectRoot } from '../support/project.ts';

const samples = join(projectRoot, 'test/samples');
const texts = readdirSync(samples)
  .map((name) => readFileSync(join(samples, name, 'pipeline.yaml'), 'utf8'))
  .filter((text) => text.length < 3000);

const PIECES = [
  ...[
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    ': ',
    '- ',
    '\n',
    '  ',
    '"',
    "'",
    '#',
    '|',
    '>',
    '? ',
    '\t',
    '=',
  ],
  ...[
    '*a',
    '&a ',
    '${x}',
    '${seed}',
    '<<: *a',
    '!t ',
    'null',
    '0',
    '-1',
    '1e9',
    'in',
    '.',
    '.left',
    '=*',
  ],
  ...[
    'kind: train',
    'params: {}',
    'inputs: {}',
    'exclude: [{seed: 0}]',
    'axes:',
    'nodes:',
    'profiles:',
    'seed',
    'loss',
  ],
];

/** A change of a text: cut, put in, or copy a part, or copy a line elsewhere. */
const edits = fc.array(
  fc.record({
    what: fc.constantFrom('cut', 'put', 'copy', 'line'),
    where: fc.nat(3000),
    to: fc.nat(3000),
    length: fc.nat(12),
    piece: fc.constantFrom(...PIECES),
  }),
  { minLength: 1, maxLength: 4 },
);
type Edit = typeof edits extends fc.Arbitrary<(infer T)[]> ? T : never;

function edited(
  text: string,
  { what, where, to, length, piece }: Edit,
): string {
  const [from, place] = [where % (text.length + 1), to % (text.length + 1)];
  const put = (inserted: string): string =>
    text.slice(0, place) + inserted + text.slice(place);
  switch (what) {
    case 'cut':
      return text.slice(0, from) + text.slice(from + length);
    case 'put':
      return put(piece);
    case 'copy':
      return put(text.slice(from, from + length));
    default: {
      const lines = text.split('\n');
      const line = lines[from % lines.length] ?? '';
      lines.splice(place % lines.length, 0, line);
      return lines.join('\n');
    }
  }
}

test('whatever is done to a file, the answer is a plan or an error, and every place is in its text', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      edits,
      fc.constantFrom([], ['smoke'], ['a', 'b'], ['quick']),
      fc.constantFrom(
        [],
        ['train.params.epochs=3'],
        ['axes.seed=[0]', 'data.params=null'],
        ['one.params.loss={type: cosine}'],
      ),
      (original, changes, profiles, sets) => {
        const text = changes.reduce(edited, original);
        const loaded = loadText(text, { profiles, sets });
        const found = loaded.ok ? loaded.value.warnings : loaded.error;
        assert.equal(
          found.some(({ severity }) => severity === 'error'),
          !loaded.ok,
        );
        for (const { at, related } of found) {
          for (const { file, start, end } of [
            at,
            ...(related ?? []).map((one) => one.at),
          ]) {
            assert.ok(0 <= start && start <= end && end <= file.text.length);
          }
        }
        printDiagnostics(found, { color: true });
        JSON.stringify(diagnosticsToJson(found));
      },
    ),
    { numRuns: 600 },
  );
});

test('whatever the bytes, the answer is an error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      assert.equal(loadText(text).ok, false);
    }),
    { numRuns: 300 },
  );
});
