/*
 * The same for images of two by two pixels with one pixel of zeros around them, where the image is the only tile: 9 products
 * where the definition has 16, since what is known to be zero takes none. Along one axis, after Karatsuba,
 *
 *     y₀ = g₁ x₀ + g₂ x₁ = m₀ + m₁      m₀ = g₁ (x₀ + x₁)
 *     y₁ = g₀ x₀ + g₁ x₁ = m₀ + m₂      m₁ = (g₂ − g₁) x₁      m₂ = (g₀ − g₁) x₀
 *
 * and for the filter's gradient, with u the products of (x₀ + x₁, x₁, x₀) and (y₀ + y₁, y₀, y₁): g₀ = u₂, g₁ = u₀ − u₁ − u₂, g₂ = u₁.
 */

/**
 * A packed filter as its differences: `[blocks, 3, 3, depth, 8]` -> `[9, blocks, depth, 8]`.
 *
 * @param packed by `packColumns` or `packReversed`.
 */
export function pairFilter(
  packed: usize,
  target: usize,
  blocks: i32,
  depth: i32,
): void {
  const tap: usize = (<usize>depth) << 5;
  const position: usize = tap * blocks;
  for (let block = 0; block < blocks; ++block) {
    for (let k = 0; k < 2 * depth; ++k) {
      const b0 = v128.load(packed + 3 * tap);
      const b1 = v128.load(packed + 4 * tap);
      const b2 = v128.load(packed + 5 * tap);
      storeDifferences(target, position, b0, b1, b2);
      storeDifferences(
        target + 3 * position,
        position,
        f32x4.sub(v128.load(packed + 6 * tap), b0),
        f32x4.sub(v128.load(packed + 7 * tap), b1),
        f32x4.sub(v128.load(packed + 8 * tap), b2),
      );
      storeDifferences(
        target + 6 * position,
        position,
        f32x4.sub(v128.load(packed), b0),
        f32x4.sub(v128.load(packed + tap), b1),
        f32x4.sub(v128.load(packed + 2 * tap), b2),
      );
      packed += 16;
      target += 16;
    }
    packed += 8 * tap;
  }
}

/** A row of three taps as what its products have of it. */
// @ts-ignore: decorator
@inline
function storeDifferences(
  target: usize,
  position: usize,
  a: v128,
  b: v128,
  c: v128,
): void {
  v128.store(target, b);
  v128.store(target + position, f32x4.sub(c, b));
  v128.store(target + 2 * position, f32x4.sub(a, b));
}

/** Two numbers in a row as what the products have of them. */
// @ts-ignore: decorator
@inline
function storeSums(target: usize, position: usize, a: v128, b: v128): void {
  v128.store(target, f32x4.add(a, b));
  v128.store(target + position, b);
  v128.store(target + 2 * position, a);
}

/**
 * What the products have of images `first … first + count − 1`.
 *
 * @param input float32 `[images, 2, 2, channels]`, channels a multiple of 4.
 * @param target where position `p` of image `t` and the four channels `4 g …` go: `p position + t tileStride + g groupStride`.
 */
export function pairInput(
  input: usize,
  target: usize,
  first: i32,
  count: i32,
  channels: i32,
  position: usize,
  tileStride: usize,
  groupStride: usize,
): void {
  const pixel: usize = (<usize>channels) << 2;
  let from = input + 4 * pixel * first;
  for (let n = 0; n < count; ++n) {
    let to = target;
    for (const end = from + pixel; from < end; from += 16) {
      const a = v128.load(from);
      const b = v128.load(from + pixel);
      const c = v128.load(from + 2 * pixel);
      const d = v128.load(from + 3 * pixel);
      storeSums(to, position, f32x4.add(a, c), f32x4.add(b, d));
      storeSums(to + 3 * position, position, c, d);
      storeSums(to + 6 * position, position, a, b);
      to += groupStride;
    }
    from += 3 * pixel;
    target += tileStride;
  }
}

/**
 * The products of images `first … first + count − 1` into the output.
 *
 * @param products `[9, images, filters]`, positions `position` bytes apart; filters a multiple of 4.
 * @param output float32 `[images, 2, 2, filters]`
 */
export function pairOutput(
  products: usize,
  output: usize,
  first: i32,
  count: i32,
  filters: i32,
  position: usize,
): void {
  const pixel: usize = (<usize>filters) << 2;
  let to = output + 4 * pixel * first;
  for (let n = 0; n < count; ++n) {
    for (const end = to + pixel; to < end; to += 16, products += 16) {
      const a0 = v128.load(products);
      const a1 = v128.load(products + position);
      const a2 = v128.load(products + 2 * position);
      const second = products + 3 * position;
      const b0 = f32x4.add(a0, v128.load(second));
      const b1 = f32x4.add(a1, v128.load(second + position));
      const b2 = f32x4.add(a2, v128.load(second + 2 * position));
      const third = second + 3 * position;
      const c0 = f32x4.add(a0, v128.load(third));
      const c1 = f32x4.add(a1, v128.load(third + position));
      const c2 = f32x4.add(a2, v128.load(third + 2 * position));
      v128.store(to, f32x4.add(b0, b1));
      v128.store(to + pixel, f32x4.add(b0, b2));
      v128.store(to + 2 * pixel, f32x4.add(c0, c1));
      v128.store(to + 3 * pixel, f32x4.add(c0, c2));
    }
    to += 3 * pixel;
  }
}

/**
 * What the products have of the output's gradient, as panels of eight filters: `[9, filters / 8, images, 8]`.
 *
 * @param gradient float32 `[images, 2, 2, filters]`, filters a multiple of 8.
 */
export function pairGradient(
  gradient: usize,
  target: usize,
  first: i32,
  count: i32,
  filters: i32,
  position: usize,
): void {
  const pixel: usize = (<usize>filters) << 2;
  const panel: usize = (<usize>count) << 5;
  let from = gradient + 4 * pixel * first;
  for (let n = 0; n < count; ++n, target += 32) {
    let to = target;
    for (let f: usize = 0; f < pixel; f += 16, from += 16) {
      const a = v128.load(from);
      const b = v128.load(from + pixel);
      const c = v128.load(from + 2 * pixel);
      const d = v128.load(from + 3 * pixel);
      storeSums(to, position, f32x4.add(b, d), f32x4.add(a, c));
      storeSums(to + 3 * position, position, b, a);
      storeSums(to + 6 * position, position, d, c);
      // The second half of a panel, then the next panel.
      to += f & 16 ? panel - 16 : 16;
    }
    from += 3 * pixel;
  }
}

/** The sums of the filter's gradient: `[9, count]` -> `[3, 3, count]`, count a multiple of 4: channels times filters. */
export function pairFilterGradient(
  sums: usize,
  output: usize,
  count: i32,
): void {
  const position: usize = (<usize>count) << 2;
  for (let k = 0; k < count; k += 4, sums += 16, output += 16) {
    const a0 = v128.load(sums);
    const a1 = v128.load(sums + position);
    const a2 = v128.load(sums + 2 * position);
    const second = sums + 3 * position;
    const b0 = v128.load(second);
    const b1 = v128.load(second + position);
    const b2 = v128.load(second + 2 * position);
    const third = second + 3 * position;
    const c0 = v128.load(third);
    const c1 = v128.load(third + position);
    const c2 = v128.load(third + 2 * position);
    storeTaps(output, position, c0, c1, c2);
    storeTaps(
      output + 3 * position,
      position,
      f32x4.sub(f32x4.sub(a0, b0), c0),
      f32x4.sub(f32x4.sub(a1, b1), c1),
      f32x4.sub(f32x4.sub(a2, b2), c2),
    );
    storeTaps(output + 6 * position, position, b0, b1, b2);
  }
}

/** Three sums in a row as three taps. */
// @ts-ignore: decorator
@inline
function storeTaps(
  target: usize,
  position: usize,
  a: v128,
  b: v128,
  c: v128,
): void {
  v128.store(target, c);
  v128.store(target + position, f32x4.sub(f32x4.sub(a, b), c));
  v128.store(target + 2 * position, b);
}
