import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { canonicalText, digest } from '../../src/fingerprint/canonical.ts';
import type { Json } from '../../src/util/json.ts';

const EXAMPLE = {
  kind: 'cka',
  version: 1,
  params: { estimator: 'unbiased', ridge: 1e-7, names: ['ä', ''], none: null },
  deep: [{ b: true, a: false }, [], {}],
};

test('the canonical text and its digest never change', () => {
  assert.equal(
    canonicalText(EXAMPLE),
    'o144:s4:deepa26:o16:s1:ab1:0s1:bb1:1a0:o0:s4:kinds3:ckas6:paramso67:s9:estimators8:unbiaseds5:namesa8:s2:äs0:s4:nonen0:s5:ridged4:1e-7s7:versiond1:1',
  );
  assert.equal(
    digest('NodeRun', EXAMPLE),
    'f1911bed78c6b092f44227306c26340e2d72049e8c23b1af6e859da922095538',
  );
});

test('the order of keys does not matter, the order of items does', () => {
  assert.equal(digest('x', { a: 1, b: 2 }), digest('x', { b: 2, a: 1 }));
  assert.notEqual(digest('x', [1, 2]), digest('x', [2, 1]));
});

test('keys are sorted by code unit, not by locale', () => {
  assert.match(canonicalText({ a: 1, B: 2, ä: 3 }), /s1:B.*s1:a.*s2:ä/u);
});

test('values that print alike have different digests', () => {
  const values: readonly Json[] = [
    ...[1, '1', true, 'true', null, 'null', '', [], {}, [[]], [{}]],
    ...[['ab', 'c'], ['a', 'bc'], { a: 'b' }, ['a', 'b'], [1], [11], [1, 1]],
  ];
  assert.equal(
    new Set(values.map((value) => digest('x', value))).size,
    values.length,
  );
});

test('the tag is part of the digest', () => {
  assert.notEqual(digest('a', 1), digest('b', 1));
  // A tag that continues into the value.
  assert.notEqual(digest('as1:', 'b'), digest('a', 's1:b'));
});

test('minus zero is zero', () => {
  assert.equal(digest('x', -0), digest('x', 0));
});

test('what is not plain data is refused', () => {
  const refused = [
    ...[NaN, Infinity, -Infinity, undefined, 1n, () => 0, new Date(0)],
    ...[[1, undefined], { a: undefined }, new Uint8Array(1), 'a\ud800'],
    // eslint's rule against sparse lists has nothing to say about this one.
    new Array<number>(2),
    { 'a\udc00': 1 },
  ];
  for (const value of refused) {
    assert.throws(() => digest('x', value as Json), /Internal error/);
  }
});

test('equal texts mean equal values, and a stored value keeps its digest', () => {
  const json = fc.jsonValue() as fc.Arbitrary<Json>;
  const wellFormed = json.filter(
    (value) => !/\\ud[89a-f]/.test(JSON.stringify(value)),
  );
  fc.assert(
    fc.property(wellFormed, wellFormed, (a, b) => {
      const same = isDeepStrictEqual(stored(a), stored(b));
      assert.equal(canonicalText(a) === canonicalText(b), same);
      assert.equal(digest('x', stored(a)), digest('x', a));
    }),
    { seed: 1, numRuns: 500 },
  );
});

/** The value as it comes back from a file. */
const stored = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;
