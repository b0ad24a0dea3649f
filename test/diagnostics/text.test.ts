import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  counted,
  didYouMean,
  joined,
  listed,
  nameHelp,
  quoted,
} from '../../src/diagnostics/text.ts';
import { visible } from '../../src/util/visible.ts';

test('what a terminal would act on is shown escaped', () => {
  assert.equal(visible('a\u001b[31mb'), 'a\\x1b[31mb');
  assert.equal(visible('tab\there'), 'tab\\x09here');
  assert.equal(visible('\u202eevil\u2066'), '\\u202eevil\\u2066');
  assert.equal(visible('next\u0085line\u2028'), 'next\\x85line\\u2028');
  assert.equal(visible('half \ud800 pair'), 'half \\ud800 pair');
});

test('letters of all scripts and whole pairs are shown as they are', () => {
  const text = 'Größe — 日本語 😀 "quoted" \\x41';
  assert.equal(visible(text), text);
});

test('no unsafe character gets through, whatever the text, and twice is as once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = visible(text);
      assert.doesNotMatch(
        shown,
        /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
      );
      assert.equal(visible(shown), shown);
    }),
  );
});

test('a very long name is cut in a message', () => {
  assert.equal(quoted('softmax'), '"softmax"');
  assert.equal(quoted('x'.repeat(1000)), `"${'x'.repeat(80)}…"`);
});

test('lists are joined as in a sentence, and long ones are counted', () => {
  assert.equal(listed([], 'or'), '');
  assert.equal(listed(['a'], 'or'), '"a"');
  assert.equal(listed(['a', 'b'], 'or'), '"a" or "b"');
  assert.equal(listed(['a', 'b', 'c'], 'and'), '"a", "b" and "c"');
  const many = Array.from({ length: 20 }, (_, place) => String(place));
  assert.match(joined(many, 'and'), /^0, 1, .*, 11 and 8 more$/);
});

test('a near name is asked for, else all are listed', () => {
  assert.equal(
    nameHelp('los', ['loss', 'seed'], 'Axes'),
    'Did you mean "loss"?',
  );
  assert.equal(nameHelp('target', ['loss'], 'Axes'), 'Axes: "loss".');
  assert.equal(nameHelp('target', [], 'Axes'), 'There are none.');
});

test('another number is no typo', () => {
  assert.equal(didYouMean('11', ['10', '12']), undefined);
  assert.equal(didYouMean('x', ['y']), undefined);
});

test('a near name is found among a hundred thousand at once', () => {
  const names = Array.from({ length: 100_000 }, (_, place) => `value-${place}`);
  assert.equal(didYouMean('valeu-7', names), 'Did you mean "value-7"?');
});

test('counts agree with their noun', () => {
  assert.equal(counted(1, 'node'), '1 node');
  assert.equal(counted(0, 'node'), '0 nodes');
  assert.equal(counted(12_345, 'key'), '12,345 keys');
});
