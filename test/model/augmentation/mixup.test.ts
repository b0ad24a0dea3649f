import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawShare, mixRows } from '../../../src/model/augmentation/mixup.ts';
import { Rng } from '../../../src/tensor/rng.ts';

/** P(max(x, 1 − x) ≤ share) for x of Beta(α, α), by adding up its density over 200,000 strips, ends by substitution. */
function shareBelow(share: number, alpha: number): number {
  // With x = sin²(t) the density is (sin t cos t)^(2α − 1), which has no poles for α of 1/2 and more, and mild ones below.
  const strips = 200_000;
  const [low, high] = [1 - share, share].map((x) => Math.asin(Math.sqrt(x)));
  let inside = 0;
  let all = 0;
  for (let strip = 0; strip < strips; strip++) {
    const t = ((strip + 0.5) / strips) * (Math.PI / 2);
    const density = (Math.sin(t) * Math.cos(t)) ** (2 * alpha - 1);
    all += density;
    if (t >= low! && t <= high!) inside += density;
  }
  return inside / all;
}

for (const alpha of [0.4, 1, 3]) {
  test(`shares are of Beta(${alpha}, ${alpha}), the larger of both`, () => {
    const rng = Rng.of(17, 'mixup');
    const draws = 20_000;
    const shares = Array.from({ length: draws }, () => drawShare(alpha, rng));
    assert.ok(shares.every((share) => share >= 0.5 && share <= 1));
    const cuts = [0.6, 0.75, 0.9, 0.98];
    const wrong = { smaller: alpha / 1.3, larger: alpha * 1.3 };
    let apart = 0;
    for (const cut of cuts) {
      const found = shares.filter((share) => share <= cut).length / draws;
      const expected = shareBelow(cut, alpha);
      const deviation = Math.sqrt((expected * (1 - expected)) / draws);
      assert.ok(Math.abs(found - expected) < 4 * deviation + 1e-4, `${cut}`);
      for (const other of Object.values(wrong)) {
        if (Math.abs(found - shareBelow(cut, other)) > 6 * deviation)
          apart += 1;
      }
    }
    assert.ok(apart >= 4);
  });
}

test('an α that is nearly 0 mixes nothing', () => {
  const rng = Rng.of(1, 'mixup');
  for (let draw = 0; draw < 200; draw++) assert.equal(drawShare(1e-40, rng), 1);
});

test('a large α mixes half and half', () => {
  const rng = Rng.of(1, 'mixup');
  for (let draw = 0; draw < 200; draw++) assert.ok(drawShare(1e6, rng) < 0.505);
});

test('rows are mixed with those of their partners, and stay where they are', () => {
  const rows = Float32Array.of(1, 2, 10, 20, 100, 200);
  const mixed = mixRows(rows, Int32Array.of(2, 1, 0), 0.75);
  assert.deepEqual([...mixed], [25.75, 51.5, 10, 20, 75.25, 150.5]);
  assert.deepEqual([...rows], [1, 2, 10, 20, 100, 200]);
});
