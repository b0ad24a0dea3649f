import { mix32 } from '../../tensor/rng.ts';
import { BACKGROUNDS, FILLS, SHAPES } from './forms.ts';
import type { Scene } from './scene.ts';
import { uniform } from './stream.ts';

/** Rows and columns of an image. */
export const SIDE = 24;
/** Bytes of an image: rows · columns · red, green, blue. */
export const IMAGE_BYTES = SIDE * SIDE * 3;

const SIZE = { least: 0.55, range: 0.3 };
/** Largest distance of the object's centre from the middle, along an axis; the image spans -1 … 1. */
const OFF_CENTRE = 0.25;
/** Largest turn of the object, in radians. */
const TILT = 0.4;
/** Brightness of the object's unfilled parts, as a share of its colour. */
const UNFILLED = 0.25;
const TEXTURE_STRENGTH = 0.3;
const SHADING = 0.35;
const NOISE = 2 * 0.03;
/** Number of the first of the image's numbers that serve as pixel noise. */
const FIRST_NOISE = 1000;
const NUMBER_STEP = 0xc2b2ae35;

/** Centres of the pixels of a row or column, in -1 … 1. */
const GRID = Float64Array.from(
  { length: SIDE },
  (_, index) => ((index + 0.5) / SIDE) * 2 - 1,
);

type Rgb = readonly [number, number, number];

function hsvToRgb(hue: number, saturation: number, value: number): Rgb {
  const channel = (n: number): number => {
    const t = (n + hue * 6) % 6;
    const ramp = Math.max(0, Math.min(Math.min(t, 4 - t), 1));
    return value - value * saturation * ramp;
  };
  return [channel(5), channel(3), channel(1)];
}

/** Sum of three uniform numbers of 10 bits from one hash, around 0: -1.5 … 1.5. */
function noiseAt(hash: number, position: number): number {
  const z = mix32(hash + Math.imul(FIRST_NOISE + position, NUMBER_STEP));
  return ((z & 1023) + ((z >>> 10) & 1023) + ((z >>> 20) & 1023)) / 1023 - 1.5;
}

const toByte = (value: number): number =>
  Math.floor((value < 0 ? 0 : value > 1 ? 1 : value) * 255 + 0.5);

/**
 * Paints a scene: textured background, object with its fill and shading over it, noise over all.
 *
 * Arithmetic is in double precision and in the order of the reference; what an engine may choose in the last bit of a
 * sine goes away when values are rounded to bytes.
 *
 * @param images receives `[24, 24, 3]` bytes from `offset` on.
 */
export function renderScene(
  scene: Scene,
  images: Uint8Array,
  offset: number,
): void {
  const { hash } = scene;
  const u = (number: number): number => uniform(hash, number);
  const { form } = SHAPES[scene.shape]!;
  const { fill } = FILLS[scene.fill]!;
  const { background } = BACKGROUNDS[scene.background]!;

  const radius = SIZE.least + SIZE.range * scene.sizeShare;
  const centreX = (scene.xShare * 2 - 1) * OFF_CENTRE;
  const centreY = (scene.yShare * 2 - 1) * OFF_CENTRE;
  const tilt = (u(8) * 2 - 1) * TILT;
  const [tiltCos, tiltSin] = [Math.cos(tilt), Math.sin(tilt)];
  const light = 2 * Math.PI * scene.lightShare;
  const [lightX, lightY] = [Math.cos(light), Math.sin(light)];
  const object = hsvToRgb(scene.hue, 0.5 + 0.4 * u(9), 0.75 + 0.25 * u(10));
  const ground = hsvToRgb(
    scene.backgroundHue,
    0.25 + 0.45 * u(12),
    0.2 + 0.25 * u(13),
  );
  const textureAngle = 2 * Math.PI * u(14);
  const texture = {
    cos: Math.cos(textureAngle),
    sin: Math.sin(textureAngle),
    phase: 2 * Math.PI * u(15),
    frequency: 1.1 + 0.7 * u(16),
  };

  let position = 0;
  for (let row = 0; row < SIDE; row++) {
    const v = GRID[row]!;
    const dy = (v - centreY) / radius;
    for (let column = 0; column < SIDE; column++) {
      const w = GRID[column]!;
      const a = w * texture.cos + v * texture.sin;
      const b = -w * texture.sin + v * texture.cos;
      const groundLight =
        1 + TEXTURE_STRENGTH * background(texture, a, b, w, v);

      const dx = (w - centreX) / radius;
      const x = dx * tiltCos + dy * tiltSin;
      const y = -dx * tiltSin + dy * tiltCos;
      const edge = form(x, y);
      // One pixel wide: a unit of the frame is `radius` · 12 pixels.
      const cover = Math.max(0, Math.min(0.5 - (edge * radius * SIDE) / 2, 1));
      const filled = fill(x, y, edge);
      const colour = filled + (1 - filled) * UNFILLED;
      const shade = 1 + SHADING * (dx * lightX + dy * lightY);

      for (let channel = 0; channel < 3; channel++) {
        const painted =
          ground[channel]! * groundLight * (1 - cover) +
          object[channel]! * colour * shade * cover;
        images[offset + position] = toByte(
          painted + NOISE * noiseAt(hash, position),
        );
        position++;
      }
    }
  }
}
