import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyOperation,
  autoAugment,
} from '../../../src/model/augmentation/auto-augment.ts';
import { brighten, contrast } from '../../../src/model/augmentation/enhance.ts';
import {
  rotate,
  shearX,
  translateX,
  translateY,
} from '../../../src/model/augmentation/move.ts';
import {
  POLICIES,
  POLICY_NAMES,
  type Policy,
} from '../../../src/model/augmentation/policies.ts';
import {
  invert,
  posterize,
  solarize,
} from '../../../src/model/augmentation/tones.ts';
import { Rng } from '../../../src/tensor/rng.ts';

const FILL = [128, 128, 128];
const picture = {
  pixels: Uint8Array.from({ length: 22 * 33 * 3 }, (_, i) => (i * 41) % 256),
  rows: 22,
  columns: 33,
  channels: 3,
};

test('magnitudes 0 to 9 go through the ranges of the paper in equal steps', () => {
  const at = (
    ...args: [Parameters<typeof applyOperation>[1], number, boolean]
  ) => applyOperation(picture, ...args, FILL).pixels;
  const equal = (a: Uint8Array, b: { readonly pixels: Uint8Array }) => {
    assert.deepEqual(a, b.pixels);
  };
  equal(at('shear-x', 9, false), shearX(picture, 0.3, FILL));
  equal(at('shear-x', 3, true), shearX(picture, -0.1, FILL));
  // 150 / 331 of 33 columns are 14.95 pixels, and of 22 rows 9.97.
  equal(at('translate-x', 9, false), translateX(picture, 14, FILL));
  equal(at('translate-y', 9, true), translateY(picture, -9, FILL));
  equal(at('rotate', 9, true), rotate(picture, -30, FILL));
  equal(at('rotate', 3, false), rotate(picture, 10, FILL));
  equal(at('solarize', 0, false), picture);
  equal(at('solarize', 9, false), invert(picture));
  equal(at('solarize', 3, false), solarize(picture, 170.67));
  equal(at('brightness', 0, false), brighten(picture, 0.1));
  equal(at('contrast', 9, false), contrast(picture, 1.9));
  const bits = [8, 8, 7, 7, 6, 6, 5, 5, 4, 4];
  bits.forEach((kept, magnitude) => {
    equal(at('posterize', magnitude, false), posterize(picture, kept));
  });
});

test('policies have 25 pairs each, with probabilities and magnitudes in their ranges', () => {
  assert.deepEqual(POLICY_NAMES, ['cifar-10', 'imagenet']);
  for (const name of POLICY_NAMES) {
    const policy: Policy = POLICIES[name];
    assert.equal(policy.length, 25);
    for (const [, probability, magnitude] of policy.flat()) {
      assert.ok(probability >= 0 && probability <= 1);
      assert.ok(magnitude === undefined || (magnitude >= 0 && magnitude <= 9));
    }
  }
});

test('pairs are drawn equally often, and each operation with its own probability', () => {
  const rng = Rng.of(8, 'policy');
  const draws = 4000;
  let untouched = 0;
  for (let draw = 0; draw < draws; draw++) {
    const { pixels } = autoAugment(picture, 'cifar-10', FILL, rng);
    if (pixels === picture.pixels) untouched += 1;
  }
  const policy: Policy = POLICIES['cifar-10'];
  const expected =
    policy.reduce(
      (sum, [[, first], [, second]]) => sum + (1 - first) * (1 - second),
      0,
    ) / policy.length;
  const deviation = Math.sqrt((expected * (1 - expected)) / draws);
  assert.ok(Math.abs(untouched / draws - expected) < 4 * deviation);
  // With one probability for both of a pair, or with the first pair alone, it would be another share.
  const joint =
    policy.reduce((sum, [[, p], [, q]]) => sum + 1 - Math.max(p, q), 0) /
    policy.length;
  assert.ok(Math.abs(joint - expected) > 8 * deviation);
});

test('the second operation is applied to what the first has left', () => {
  // Of the pairs of the ImageNet policy the one that inverts and then surely equalises.
  const seen = new Set<string>();
  const rng = Rng.of(2, 'policy');
  for (let draw = 0; draw < 600; draw++) {
    seen.add(autoAugment(picture, 'imagenet', FILL, rng).pixels.join());
  }
  const inverted = applyOperation(picture, 'invert', 0, false, FILL);
  const both = applyOperation(inverted, 'equalize', 0, false, FILL);
  const otherWay = applyOperation(
    applyOperation(picture, 'equalize', 0, false, FILL),
    ...(['invert', 0, false, FILL] as const),
  );
  assert.notDeepEqual(both.pixels, otherWay.pixels);
  assert.ok(seen.has(both.pixels.join()));
  assert.ok(!seen.has(otherWay.pixels.join()));
});

test('the same state of the generator gives the same pictures', () => {
  const rng = Rng.of(1, 'policy');
  autoAugment(picture, 'imagenet', FILL, rng);
  const again = Rng.from(rng.state);
  for (let draw = 0; draw < 20; draw++) {
    assert.deepEqual(
      autoAugment(picture, 'imagenet', FILL, rng).pixels,
      autoAugment(picture, 'imagenet', FILL, again).pixels,
    );
  }
});
