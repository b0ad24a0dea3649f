import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  brighten,
  colour,
  contrast,
  sharpen,
} from '../../../src/model/augmentation/enhance.ts';
import {
  rotate,
  shearX,
  shearY,
  translateX,
  translateY,
} from '../../../src/model/augmentation/move.ts';
import type { Picture } from '../../../src/model/augmentation/picture.ts';
import {
  autoContrast,
  equalize,
  invert,
  posterize,
  solarize,
} from '../../../src/model/augmentation/tones.ts';
import {
  autoContrastLoops,
  blendLoops,
  equalizeLoops,
  greyLoops,
  movedLoops,
  smoothLoops,
  tonesLoops,
  type PlainImage,
} from '../../support/reference/images.ts';

const [ROWS, COLUMNS] = [30, 26];
const FILL = [7, 77, 177];

/** A picture of all values, from a formula. */
const pictureOf = (
  channels: number,
  tone: (value: number, channel: number) => number = (value) => value,
): Picture => ({
  pixels: Uint8Array.from({ length: ROWS * COLUMNS * channels }, (_, i) =>
    tone((i * 37 + (i >> 3) * 91 + ((i * i) >> 5)) % 256, i % channels),
  ),
  rows: ROWS,
  columns: COLUMNS,
  channels,
});
const full = pictureOf(3);
/** Its values go from 30 to 93 in the first channel, and less far in the others. */
const flat = pictureOf(3, (value, channel) =>
  Math.floor(30 + value / (4 + 4 * channel)),
);
const grey = pictureOf(1);

const plainOf = ({ pixels, rows, columns, channels }: Picture): PlainImage =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => [
      ...pixels.subarray(
        (row * columns + column) * channels,
        (row * columns + column + 1) * channels,
      ),
    ]),
  );

/**
 * Each operation: what Pillow 13.0.0 makes of the same picture (the first 16 digits of the SHA-256 of its bytes), what the
 * loops do, and what the nearest wrong formula does.
 */
const CASES: Readonly<
  Record<
    string,
    {
      readonly made: Picture;
      readonly pillow: string;
      readonly loops: PlainImage;
      /** How far from the loops values may be: Pillow's own rounding. */
      readonly within?: number;
      readonly wrong: Readonly<Record<string, PlainImage>>;
    }
  >
> = {
  invert: {
    made: invert(full),
    pillow: 'd6fc47a8dc65f6ab',
    loops: tonesLoops(plainOf(full), (value) => 255 - value),
    wrong: { 'from 256': tonesLoops(plainOf(full), (v) => (256 - v) % 256) },
  },
  solarize: {
    made: solarize(full, 85),
    pillow: 'f4a44c8f9a082fab',
    loops: tonesLoops(plainOf(full), (v) => (v < 85 ? v : 255 - v)),
    wrong: {
      'the threshold itself stays': tonesLoops(plainOf(full), (v) =>
        v <= 85 ? v : 255 - v,
      ),
    },
  },
  posterize: {
    made: posterize(full, 5),
    pillow: 'fdd57f19045494c0',
    loops: tonesLoops(plainOf(full), (v) => Math.floor(v / 8) * 8),
    wrong: {
      'drops as many bits as it should keep': tonesLoops(
        plainOf(full),
        (v) => Math.floor(v / 32) * 32,
      ),
    },
  },
  'auto-contrast': {
    made: autoContrast(flat),
    pillow: 'f1b8cf2768d6be34',
    loops: autoContrastLoops(plainOf(flat)),
    // Where the quotient is whole, Pillow's sum may fall below it.
    within: 1,
    wrong: {
      'all channels by one factor': autoContrastLoops(plainOf(flat), {
        together: true,
      }),
    },
  },
  equalize: {
    made: equalize(flat),
    pillow: '91eafe12761fff89',
    loops: equalizeLoops(plainOf(flat)),
    wrong: {
      'the step of all pixels': equalizeLoops(plainOf(flat), { lastIn: true }),
      'without half a step': equalizeLoops(plainOf(flat), { half: false }),
    },
  },
  'shear sideways': {
    made: shearX(full, 8 / 30, FILL),
    pillow: '3f59a222dbb1cec4',
    loops: movedLoops(plainOf(full), FILL, (x, y) => [x + (8 / 30) * y, y]),
    wrong: {
      'the other way': movedLoops(plainOf(full), FILL, (x, y) => [
        x - (8 / 30) * y,
        y,
      ]),
      'about the middle': movedLoops(plainOf(full), FILL, (x, y) => [
        x + (8 / 30) * (y - ROWS / 2),
        y,
      ]),
    },
  },
  'shear downwards': {
    made: shearY(full, -7 / 30, FILL),
    pillow: '6cafd1ed5fb34848',
    loops: movedLoops(plainOf(full), FILL, (x, y) => [x, y - (7 / 30) * x]),
    wrong: {
      sideways: movedLoops(plainOf(full), FILL, (x, y) => [
        x - (7 / 30) * y,
        y,
      ]),
    },
  },
  'move sideways': {
    made: translateX(full, 5, FILL),
    pillow: '9d48f89e68152154',
    loops: movedLoops(plainOf(full), FILL, (x, y) => [x + 5, y]),
    wrong: {
      'the edge repeated': movedLoops(plainOf(full), FILL, (x, y) => [
        Math.min(x + 5, COLUMNS - 0.5),
        y,
      ]),
    },
  },
  'move downwards': {
    made: translateY(full, -6, FILL),
    pillow: '87d39a5defb743a2',
    loops: movedLoops(plainOf(full), FILL, (x, y) => [x, y - 6]),
    wrong: { up: movedLoops(plainOf(full), FILL, (x, y) => [x, y + 6]) },
  },
  turn: {
    made: rotate(full, 70 / 3, FILL),
    pillow: 'ead0f14d9313c6d2',
    loops: turned(70 / 3, [COLUMNS / 2, ROWS / 2]),
    wrong: {
      clockwise: turned(-70 / 3, [COLUMNS / 2, ROWS / 2]),
      'about the middle of pixels': turned(70 / 3, [
        (COLUMNS - 1) / 2,
        (ROWS - 1) / 2,
      ]),
    },
  },
  'turn back': {
    made: rotate(full, -20, FILL),
    pillow: '8bc9b9f1c3a2b24c',
    loops: turned(-20, [COLUMNS / 2, ROWS / 2]),
    wrong: { 'counter-clockwise': turned(20, [COLUMNS / 2, ROWS / 2]) },
  },
  ...enhanced(0.3, {
    brightness: '7a72848c3963656b',
    contrast: '812cafacd1d453d1',
    colour: 'dd85ac637c069033',
    sharpness: '90bdb0fb069b196a',
  }),
  ...enhanced(1.7, {
    brightness: 'd7ab5ab4bf363dbe',
    contrast: '989da00364d1ab0e',
    colour: '1ce621bbe4de0eb3',
    sharpness: 'df3a2ae8bc496b39',
  }),
  'contrast of grey': {
    made: contrast(grey, 1.7),
    pillow: 'f2639a95f1c8d7b7',
    loops: blendLoops(plainOf(grey), constant(grey, meanOf(grey)), 1.7),
    wrong: {
      'about 128': blendLoops(plainOf(grey), constant(grey, 128), 1.7),
    },
  },
};

function turned(
  degrees: number,
  [middleX, middleY]: readonly [number, number],
): PlainImage {
  const angle = (degrees * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return movedLoops(plainOf(full), FILL, (x, y) => [
    middleX + cosine * (x - middleX) - sine * (y - middleY),
    middleY + sine * (x - middleX) + cosine * (y - middleY),
  ]);
}

function constant(picture: Picture, value: number): PlainImage {
  return tonesLoops(plainOf(picture), () => value);
}

/** Mean brightness, rounded. */
function meanOf(picture: Picture): number {
  const plain = plainOf(picture);
  const values = (picture.channels === 3 ? greyLoops(plain) : plain).flatMap(
    (line) => line.map(([value]) => value!),
  );
  return Math.round(
    values.reduce((sum, value) => sum + value, 0) / values.length,
  );
}

function enhanced(
  factor: number,
  pillow: Readonly<
    Record<'brightness' | 'contrast' | 'colour' | 'sharpness', string>
  >,
): typeof CASES {
  const plain = plainOf(full);
  const blend = (poor: PlainImage): PlainImage =>
    blendLoops(plain, poor, factor);
  return {
    [`brightness by ${factor}`]: {
      made: brighten(full, factor),
      pillow: pillow.brightness,
      loops: blend(constant(full, 0)),
      wrong: { 'towards white': blend(constant(full, 255)) },
    },
    [`contrast by ${factor}`]: {
      made: contrast(flat, factor),
      pillow: pillow.contrast,
      loops: blendLoops(plainOf(flat), constant(flat, meanOf(flat)), factor),
      wrong: {
        'about 128': blendLoops(plainOf(flat), constant(flat, 128), factor),
      },
    },
    [`colour by ${factor}`]: {
      made: colour(full, factor),
      pillow: pillow.colour,
      loops: blend(greyLoops(plain)),
      wrong: {
        'brightness as a mean': blend(greyLoops(plain, { weighted: false })),
      },
    },
    [`sharpness by ${factor}`]: {
      made: sharpen(full, factor),
      pillow: pillow.sharpness,
      loops: blend(smoothLoops(plain)),
      wrong: { 'a plain mean of nine': blend(smoothLoops(plain, 1)) },
    },
  };
}

const largestDifference = (a: PlainImage, b: PlainImage): number => {
  const others = b.flat(2);
  return Math.max(...a.flat(2).map((value, i) => Math.abs(value - others[i]!)));
};

for (const [name, { made, pillow, loops, wrong, within = 0 }] of Object.entries(
  CASES,
)) {
  test(`${name}: the loops' numbers and Pillow's`, () => {
    assert.ok(largestDifference(plainOf(made), loops) <= within);
    const digest = createHash('sha256').update(made.pixels).digest('hex');
    assert.equal(digest.slice(0, 16), pillow);
    for (const [mistake, image] of Object.entries(wrong)) {
      assert.ok(largestDifference(plainOf(made), image) > within, mistake);
    }
  });
}

test('operations leave the picture that they are given', () => {
  const before = pictureOf(3).pixels;
  assert.deepEqual(full.pixels, before);
});

test('settings in the middle change nothing', () => {
  for (const same of [
    solarize(full, 256),
    posterize(full, 8),
    brighten(full, 1),
    contrast(full, 1),
    colour(full, 1),
    sharpen(full, 1),
    rotate(full, 0, FILL),
    shearX(full, 0, FILL),
    translateY(full, 0, FILL),
    colour({ ...full, channels: 1, columns: 3 * COLUMNS }, 1.9),
  ]) {
    assert.deepEqual(same.pixels, full.pixels);
  }
});

test('a picture of one value stays what it is, and so does a small one that is to be equalised', () => {
  const single = pictureOf(3, () => 90);
  for (const same of [autoContrast(single), equalize(single)]) {
    assert.deepEqual(same.pixels, single.pixels);
  }
  const small = {
    ...full,
    pixels: full.pixels.slice(0, 48),
    rows: 4,
    columns: 4,
  };
  assert.deepEqual(equalize(small).pixels, small.pixels);
});

test('equalised values end at 255, also where there are too many pixels for the step', () => {
  // 574 pixels of value 1 and two of value 9: (574 + 1) / 2 would be 287.
  const pixels = new Uint8Array(576).fill(1);
  pixels[5] = pixels[400] = 9;
  const { pixels: made } = equalize({
    ...{ pixels, rows: 24, columns: 24, channels: 1 },
  });
  assert.deepEqual([...new Set(made)].sort(), [0, 255]);
});
