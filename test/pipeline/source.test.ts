import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDocument, stringify } from 'yaml';
import type { Span } from '../../src/diagnostics/diagnostic.ts';
import { locate, pathName } from '../../src/pipeline/locate.ts';
import { freshBudget, parseYaml } from '../../src/pipeline/source.ts';
import { toJson, type Value } from '../../src/pipeline/value.ts';

const parse = (text: string, from = 0) =>
  parseYaml({ path: 'a.yaml', text }, freshBudget(), from);

/** The root of a text in which nothing is wrong. */
function rootOf(text: string): Value {
  const { root, problems } = parse(text);
  assert.deepEqual(problems, []);
  assert.ok(root !== null);
  return root;
}

const written = ({ file, start, end }: Span): string =>
  file.text.slice(start, end);

const KEY: Span = { file: { path: 'a.yaml', text: 'root' }, start: 0, end: 4 };
const placeOf = (
  root: Value,
  path: readonly string[],
  which: 'key' | 'value',
): string => written(locate(root, KEY, path, which).at);

test('scalars are those of the core schema of YAML 1.2', () => {
  const text = `
text: yes
null: 1
`;
  assert.equal(parse(text).problems[0]?.code, 'YAML_KEY_NOT_TEXT');
  assert.deepEqual(
    toJson(
      rootOf(`
- yes
- true
- ~
-
- 1e-3
- 0x1F
- 0o17
- 012
- 1_000
- 2024-01-01
- '1'
- "a\\tb"
- 12:30:45
- .5
- |
  two
  lines
`),
    ),
    [
      ...['yes', true, null, null, 0.001, 31, 15, 12, '1_000'],
      ...['2024-01-01', '1', 'a\tb', '12:30:45', 0.5, 'two\nlines\n'],
    ],
  );
});

test('a scalar knows how it is written', () => {
  const root = rootOf("[1e-3, '1e-3', 0.10, yes]");
  assert.ok(root.type === 'list');
  assert.deepEqual(
    root.items.map((item) =>
      item.type === 'scalar' ? [item.text, item.isQuoted, item.value] : [],
    ),
    [
      ['1e-3', false, 0.001],
      ['1e-3', true, '1e-3'],
      ['0.10', false, 0.1],
      ['yes', false, 'yes'],
    ],
  );
});

test('keys and values are located in both styles', () => {
  const root = rootOf(`
outer:
  'quoted key': [1, two, { deep: "three" }]
  block: |
    text
`);
  assert.equal(placeOf(root, ['outer'], 'key'), 'outer');
  assert.equal(placeOf(root, ['outer', 'quoted key'], 'key'), "'quoted key'");
  assert.equal(placeOf(root, ['outer', 'quoted key', '1'], 'value'), 'two');
  assert.equal(placeOf(root, ['outer', 'quoted key', '1'], 'key'), 'two');
  assert.equal(
    placeOf(root, ['outer', 'quoted key', '2', 'deep'], 'key'),
    'deep',
  );
  assert.equal(
    placeOf(root, ['outer', 'quoted key', '2', 'deep'], 'value'),
    '"three"',
  );
});

test('what is not there is at the key of its nearest parent', () => {
  const root = rootOf('outer:\n  inner: [1]\n');
  assert.equal(placeOf(root, ['outer', 'none'], 'key'), 'outer');
  assert.equal(placeOf(root, ['outer', 'inner', '7', 'x'], 'value'), 'inner');
  assert.equal(placeOf(root, ['none'], 'value'), 'root');
});

test('an empty value is right behind its colon', () => {
  const text = 'a:\nb: 1\n';
  const { at } = locate(rootOf(text), KEY, ['a'], 'value');
  assert.deepEqual([at.start, at.end], [2, 2]);
});

test('an alias leads to the place of its anchor, and says where it stands', () => {
  const root = rootOf('a: &x { b: &y 1 }\nc: *x\nd: [*y]\n');
  const inC = locate(root, KEY, ['c', 'b'], 'value');
  assert.deepEqual([inC.at.start, written(inC.at)], [14, '1']);
  assert.deepEqual(
    inC.via.map(({ message, at }) => [message, written(at)]),
    [['used through this alias', '*x']],
  );
  const inD = locate(root, KEY, ['d', '0'], 'value');
  assert.deepEqual(
    inD.via.map(({ at }) => written(at)),
    ['*y'],
  );
  assert.deepEqual(locate(root, KEY, ['a', 'b'], 'value').via, []);
});

test('an anchor that is set again is the newest one before an alias', () => {
  assert.deepEqual(
    toJson(rootOf('- &a 1\n- *a\n- &a 2\n- *a\n')),
    [1, 1, 2, 2],
  );
});

test('text before an offset is not looked at, and places count it', () => {
  const text = 'x: [[[=[1, two]';
  const { root, problems } = parse(text, 7);
  assert.deepEqual(problems, []);
  assert.ok(root?.type === 'list');
  assert.deepEqual(
    root.items.map(({ at }) => [at.start, at.end]),
    [
      [8, 9],
      [11, 14],
    ],
  );
});

test('paths are named as one would write them', () => {
  assert.equal(pathName(['model', 'widths', '0', 'x']), '"model.widths[0].x"');
  assert.equal(pathName(['epochs']), '"epochs"');
});

/** Plain data that YAML and JSON both have, without infinities and -0. */
const data = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      // Whole numbers that are written out without being exact are refused.
      .filter((one) => !Number.isInteger(one) || Number.isSafeInteger(one))
      .map((one) => one || 0),
    fc
      .string({ unit: 'grapheme' })
      .filter((text) => !/[\u0000-\u001f\u007f]/.test(text)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc
        .string({ unit: 'grapheme', minLength: 1 })
        .filter(
          (key) => !/[\u0000-\u001f\u007f]/.test(key) && key !== '__proto__',
        ),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value;

test('what the library writes is read as it was, in block style and in brackets', () => {
  const styles = fc.record({
    indent: fc.integer({ min: 2, max: 5 }),
    indentSeq: fc.boolean(),
    collectionStyle: fc.constantFrom('any' as const, 'flow' as const),
  });
  fc.assert(
    fc.property(data, styles, (value, style) => {
      // Keys are quoted: text that looks like a number is a number otherwise.
      const text = stringify(
        { value },
        {
          ...style,
          defaultKeyType: 'QUOTE_DOUBLE',
          aliasDuplicateObjects: false,
        },
      );
      const { root, problems } = parse(text);
      assert.deepEqual(problems, [], text);
      assert.ok(root !== null);
      assert.deepEqual(toJson(root), { value });
    }),
  );
});

test('whatever the text, the answer is a tree or a problem, and every place is in the text', () => {
  const pieces = fc.constantFrom(
    ...[
      'a',
      'b',
      ' ',
      '  ',
      '\n',
      '\n  ',
      ': ',
      ':',
      '- ',
      '-',
      '? ',
      '#',
      ' # c',
      '&x ',
      '*x',
      '!t ',
      '"',
      "'",
    ],
    ...[
      '[',
      ']',
      '{',
      '}',
      ',',
      '|\n',
      '>\n',
      '---\n',
      '...\n',
      '%YAML 1.2\n',
      '\t',
      '\\',
      '1',
      '~',
      'é',
      '<<',
      '\r\n',
    ],
  );
  const texts = fc
    .array(pieces, { maxLength: 40 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, (text) => {
      const { root, problems } = parse(text);
      for (const { at } of problems) {
        assert.ok(
          0 <= at.start && at.start <= at.end && at.end <= text.length,
          text,
        );
      }
      const visit = (value: Value): void => {
        const { start, end } = value.at;
        assert.ok(0 <= start && start <= end && end <= text.length, text);
        if (value.type === 'list') value.items.forEach(visit);
        if (value.type === 'mapping') {
          for (const entry of value.entries.values()) {
            if (/^[a-zé]+$/.test(written(entry.keyAt))) {
              assert.equal(written(entry.keyAt), entry.key);
            }
            visit(entry.value);
          }
        }
      };
      if (root !== null) visit(root);
    }),
    { numRuns: 2000 },
  );
});

test('a text that the library takes without complaint is not refused for its syntax', () => {
  const pieces = fc.constantFrom(
    'a',
    'b: ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ', ',
    '? ',
    ': ',
    "'x'",
    '# c\n',
    '|\n  t\n',
  );
  const texts = fc
    .array(pieces, { maxLength: 14 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, (text) => {
      const library = parseDocument(text, { uniqueKeys: false });
      fc.pre(library.errors.length === 0);
      const codes = parse(text).problems.map(({ code }) => code);
      assert.deepEqual(
        codes.filter(
          (code) => !['YAML_KEY_NOT_TEXT', 'YAML_DUPLICATE_KEY'].includes(code),
        ),
        [],
        JSON.stringify(text),
      );
    }),
    { numRuns: 1000 },
  );
});
