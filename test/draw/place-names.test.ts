import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NAME_SIZE, placeNames } from '../../src/draw/place-names.ts';

const PAGE = { width: 500, height: 300 };
const halfWidth = (name: string): number =>
  (name.length * NAME_SIZE * 0.56) / 2;

test('names of points in a heap do not cover each other', () => {
  const points = ['softmax', 'dropout', 'sigmoid', 'extra-l2'].map(
    (name, at) => ({ name, x: 250 + 6 * at, y: 150 + 4 * at }),
  );
  const placed = placeNames(points, PAGE, []);
  for (const [at, a] of placed.entries()) {
    for (const b of placed.slice(at + 1)) {
      assert.ok(
        Math.abs(a.y - b.y) >= NAME_SIZE ||
          Math.abs(a.x - b.x) >= halfWidth(a.name) + halfWidth(b.name),
        `${a.name} covers ${b.name}`,
      );
    }
  }
});

test('a name stays on the page, and off what is drawn', () => {
  const point = { name: 'squared-error', x: 495, y: 150 };
  const [atTheEdge] = placeNames([point], PAGE, []);
  assert.ok((atTheEdge?.x ?? 500) + halfWidth(point.name) <= PAGE.width);
  const free = placeNames([{ ...point, x: 250 }], PAGE, [])[0];
  const drawn = { left: 250, right: 400, top: 100, bottom: 149 };
  const pushed = placeNames([{ ...point, x: 250 }], PAGE, [drawn])[0];
  assert.ok((free?.y ?? 0) < 150 && (free?.x ?? 0) > 250);
  assert.ok((pushed?.y ?? 0) > 150 || (pushed?.x ?? 500) < 250);
});
