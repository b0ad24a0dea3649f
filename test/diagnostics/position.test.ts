import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineAt, positionAt } from '../../src/diagnostics/position.ts';

const file = (text: string) => ({ path: 'a.yaml', text });

test('lines and columns start at 1 and count UTF-16 code units', () => {
  const one = file('ab\n😀c\r\n\nd');
  assert.deepEqual(positionAt(one, 0), { line: 1, column: 1 });
  assert.deepEqual(positionAt(one, 2), { line: 1, column: 3 });
  assert.deepEqual(positionAt(one, 3), { line: 2, column: 1 });
  assert.deepEqual(positionAt(one, 5), { line: 2, column: 3 });
  assert.deepEqual(positionAt(one, 8), { line: 3, column: 1 });
  assert.deepEqual(positionAt(one, 9), { line: 4, column: 1 });
});

test('an offset beyond the text is its end', () => {
  assert.deepEqual(positionAt(file('ab\n'), 99), { line: 2, column: 1 });
  assert.deepEqual(positionAt(file(''), 5), { line: 1, column: 1 });
  assert.deepEqual(positionAt(file('ab'), -1), { line: 1, column: 1 });
});

test('a line ends before its line break, with a carriage return or without', () => {
  const one = file('ab\r\ncd\n\nef');
  assert.deepEqual(lineAt(one, 1), { start: 0, end: 2 });
  assert.deepEqual(lineAt(one, 2), { start: 4, end: 6 });
  assert.deepEqual(lineAt(one, 3), { start: 7, end: 7 });
  assert.deepEqual(lineAt(one, 4), { start: 8, end: 10 });
  assert.deepEqual(lineAt(one, 9), { start: 10, end: 10 });
});

test('positions are those of counting line breaks one by one', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '😀') });
  fc.assert(
    fc.property(texts, fc.nat(30), (text, wanted) => {
      const offset = Math.min(wanted, text.length);
      let [line, column] = [1, 1];
      for (let place = 0; place < offset; place++) {
        if (text[place] === '\n') [line, column] = [line + 1, 1];
        else column += 1;
      }
      assert.deepEqual(positionAt(file(text), offset), { line, column });
    }),
  );
});
