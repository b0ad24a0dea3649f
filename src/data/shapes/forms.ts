/**
 * Signed size of a form at a point of its own frame, about one unit to the radius: negative inside. Not a distance: the
 * factors in front only keep the slope at the edge near one.
 */
export type Form = (x: number, y: number) => number;

const { abs, max, min, sin, cos, floor } = Math;

// Not Math.hypot: it is several times slower, and scaled for overflow that can't happen here.
const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

const box = (x: number, y: number, a: number, b: number): number =>
  max(abs(x) - a, abs(y) - b);

/** A regular polygon of `sides` sides at distance `apothem` from the centre. */
function polygon(x: number, y: number, sides: number, apothem: number): number {
  const sector = (2 * Math.PI) / sides;
  const angle = Math.atan2(y, x);
  const folded = angle - sector * floor(angle / sector) - sector / 2;
  return length(x, y) * cos(folded) - apothem;
}

/** A circle whose radius waves `lobes` times between `radius - wave` and `radius + wave`. */
const lobed = (
  x: number,
  y: number,
  lobes: number,
  radius: number,
  wave: number,
): number =>
  0.75 * (length(x, y) - (radius + wave * cos(lobes * Math.atan2(y, x))));

/** All forms; the first `SOURCE_SHAPES` make up the source, the others are held out. */
export const SHAPES: readonly { readonly name: string; readonly form: Form }[] =
  [
    { name: 'circle', form: (x, y) => length(x, y) - 0.8 },
    { name: 'square', form: (x, y) => box(x, y, 0.7, 0.7) },
    { name: 'triangle', form: (x, y) => polygon(x, y, 3, 0.5) },
    { name: 'pentagon', form: (x, y) => polygon(x, y, 5, 0.7) },
    { name: 'star', form: (x, y) => lobed(x, y, 5, 0.65, 0.28) },
    {
      name: 'plus',
      form: (x, y) => min(box(x, y, 0.9, 0.3), box(x, y, 0.3, 0.9)),
    },
    {
      name: 'crescent',
      form: (x, y) => max(length(x, y) - 0.9, 0.65 - length(x - 0.45, y)),
    },
    {
      name: 'half disc',
      form: (x, y) => max(length(x, y + 0.3) - 0.9, -(y + 0.3)),
    },
    { name: 'bar', form: (x, y) => box(x, y, 1, 0.4) },
    {
      name: 'L',
      form: (x, y) =>
        min(box(x + 0.45, y, 0.3, 0.85), box(x, y - 0.55, 0.75, 0.3)),
    },
    {
      name: 'T',
      form: (x, y) => min(box(x, y + 0.5, 0.85, 0.3), box(x, y, 0.3, 0.8)),
    },
    { name: 'trefoil', form: (x, y) => lobed(x, y, 3, 0.6, 0.3) },
    { name: 'ellipse', form: (x, y) => 0.6 * (length(x, y / 0.55) - 1) },
    { name: 'rhombus', form: (x, y) => 0.5 * (abs(x) / 0.6 + abs(y) - 1) },
    {
      name: 'U',
      form: (x, y) =>
        min(
          min(box(x + 0.6, y, 0.25, 0.8), box(x - 0.6, y, 0.25, 0.8)),
          box(x, y - 0.55, 0.8, 0.25),
        ),
    },
    {
      name: 'chevron',
      form: (x, y) => max(0.7 * (abs(abs(x) - y - 0.3) - 0.4), abs(x) - 0.85),
    },
    { name: 'quatrefoil', form: (x, y) => lobed(x, y, 4, 0.62, 0.28) },
    {
      name: 'arrow',
      form: (x, y) =>
        min(
          box(x, y - 0.35, 0.22, 0.55),
          max(0.75 * (abs(x) - (y + 0.95) * 0.8), y),
        ),
    },
    {
      name: 'Z',
      form: (x, y) =>
        min(
          box(x + 0.3, y + 0.35, 0.6, 0.35),
          box(x - 0.3, y - 0.35, 0.6, 0.35),
        ),
    },
    {
      name: 'drop',
      form: (x, y) =>
        min(
          length(x, y - 0.25) - 0.6,
          max(0.8 * (abs(x) - (y + 1) * 0.52), y - 0.05),
        ),
    },
  ];
export const SOURCE_SHAPES = 12;

const clamp01 = (value: number): number =>
  value < 0 ? 0 : value > 1 ? 1 : value;

/** How much of the object's colour a point has, 0 to 1; `edge` is the form's value there. */
export type Fill = (x: number, y: number, edge: number) => number;

const TURN = 2 * Math.PI;

/** All fills; the first `SOURCE_FILLS` make up the source, the others are held out. */
export const FILLS: readonly { readonly name: string; readonly fill: Fill }[] =
  [
    { name: 'solid', fill: () => 1 },
    {
      name: 'outline',
      fill: (_x, _y, edge) => clamp01(0.5 + (edge + 0.26) * 8),
    },
    {
      name: 'stripes',
      fill: (x) => clamp01(0.5 + 1.6 * sin(TURN * 1.7 * x)),
    },
    {
      name: 'checker',
      fill: (x, y) =>
        clamp01(0.5 + 2 * sin(TURN * 1.15 * x) * sin(TURN * 1.15 * y)),
    },
    {
      name: 'dots',
      fill: (x, y) => {
        const [u, v] = [x * 1.6, y * 1.6];
        return clamp01(
          0.5 + 3 * (0.28 - length(u - floor(u) - 0.5, v - floor(v) - 0.5)),
        );
      },
    },
    {
      name: 'rings',
      fill: (x, y) => clamp01(0.5 + 1.6 * cos(TURN * 2 * length(x, y))),
    },
    { name: 'halves', fill: (x) => clamp01(0.5 + 4 * x) },
    {
      name: 'cross',
      fill: (x, y) =>
        clamp01(0.5 + 4 * (0.17 - min(abs(x + y), abs(x - y)) * 0.7071)),
    },
  ];
export const SOURCE_FILLS = 4;

/** Direction, phase and frequency of a background's texture. */
export interface Texture {
  readonly cos: number;
  readonly sin: number;
  readonly phase: number;
  readonly frequency: number;
}

/** Brightness of a background around its mean, -2 to 2; `a` and `b` are `u` and `v` turned into the texture's frame. */
export type Background = (
  texture: Texture,
  a: number,
  b: number,
  u: number,
  v: number,
) => number;

/** All backgrounds; every image may have any of them. */
export const BACKGROUNDS: readonly {
  readonly name: string;
  readonly background: Background;
}[] = [
  { name: 'plain', background: () => 0 },
  { name: 'gradient', background: (_texture, a) => a },
  {
    name: 'stripes',
    background: ({ phase, frequency }, a) => sin(TURN * frequency * a + phase),
  },
  {
    name: 'checker',
    background: ({ phase, frequency }, a, b) => {
      const rate = TURN * frequency * 0.8;
      const wave = 2 * sin(rate * a + phase) * sin(rate * b + phase);
      return wave < -1 ? -1 : wave > 1 ? 1 : wave;
    },
  },
  {
    name: 'rings',
    background: (texture, _a, _b, u, v) => {
      const radius = length(u - 0.5 * texture.cos, v - 0.5 * texture.sin);
      return sin(TURN * texture.frequency * radius * 1.1 + texture.phase);
    },
  },
  {
    name: 'blobs',
    background: ({ phase, frequency }, a, b) => {
      const rate = TURN * frequency * 0.6;
      return sin(rate * a + phase) + sin(rate * b + 1.7 * phase);
    },
  },
];
