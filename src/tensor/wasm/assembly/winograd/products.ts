import { multiplyAdd } from '../lanes';
import { tile } from '../filter-gradient';

/*
 * Minimal filtering F(2×2, 3×3): a convolution by a 3×3 filter with stride 1 in 16 products where the definition has 36.
 * Four outputs that lie in a square are made of the 4×4 inputs under them, "tile" here:
 *
 *     output = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A,   and for the filter's gradient   Gᵀ [(Bᵀ d B) ⊙ (A y Aᵀ)] G
 *
 *         1  0 −1  0         1   0   0
 *     Bᵀ: 0  1  1  0     G:  ½   ½   ½     Aᵀ: 1  1  1  0
 *         0 −1  1  0         ½  −½   ½         0  1 −1 −1
 *         0  1  0 −1         0   0   1
 *
 * Summed over channels, the product ⊙ is a product of matrices for each of the 16 positions in a tile.
 *
 * Source: Lavin and Gray 2016, arXiv:1509.09308, section 4.1.
 */

/**
 * The products of forward pass and input gradient: for each position `[count, depth]` times `[depth, filters]`.
 *
 * @param tiles `[positions, count, depth]` of `winogradInput` or `pairInput`, positions `tilePosition` bytes apart.
 * @param filter `[positions, filters / 8, depth, 8]` of `winogradFilter` or `pairFilter`.
 * @param output `[positions, count, filters]`, positions `outPosition` bytes apart; filters a multiple of 8.
 */
export function winogradProducts(
  tiles: usize,
  filter: usize,
  output: usize,
  count: i32,
  depth: i32,
  filters: i32,
  positions: i32,
  tilePosition: usize,
  outPosition: usize,
): void {
  const row: usize = (<usize>depth) << 2;
  const outRow: usize = (<usize>filters) << 2;
  for (let position = 0; position < positions; ++position) {
    for (let block: usize = 0; block < outRow; block += 32) {
      rowsTimesBlock(tiles, filter, output + block, count, row, outRow);
      filter += row << 3;
    }
    tiles += tilePosition;
    output += outPosition;
  }
}

/** Rows times eight columns, four rows at a time as in `tileOfFour` of `correlate`, without calls: depths are small here. */
function rowsTimesBlock(
  from: usize,
  filter: usize,
  to: usize,
  count: i32,
  row: usize,
  outRow: usize,
): void {
  let t = 0;
  for (; t + 4 <= count; t += 4) {
    let w = filter;
    let a = from;
    let b = a + row;
    let c = b + row;
    let d = c + row;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    const end = a + row;
    while (a < end) {
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      let x = v128.load32_splat(a);
      a0 = multiplyAdd(a0, x, w0);
      a1 = multiplyAdd(a1, x, w1);
      x = v128.load32_splat(b);
      b0 = multiplyAdd(b0, x, w0);
      b1 = multiplyAdd(b1, x, w1);
      x = v128.load32_splat(c);
      c0 = multiplyAdd(c0, x, w0);
      c1 = multiplyAdd(c1, x, w1);
      x = v128.load32_splat(d);
      d0 = multiplyAdd(d0, x, w0);
      d1 = multiplyAdd(d1, x, w1);
      a += 4;
      b += 4;
      c += 4;
      d += 4;
      w += 32;
    }
    v128.store(to, a0);
    v128.store(to, a1, 16);
    to += outRow;
    v128.store(to, b0);
    v128.store(to, b1, 16);
    to += outRow;
    v128.store(to, c0);
    v128.store(to, c1, 16);
    to += outRow;
    v128.store(to, d0);
    v128.store(to, d1, 16);
    to += outRow;
    from += 4 * row;
  }
  for (; t < count; ++t) {
    let w = filter;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    const end = from + row;
    for (; from < end; from += 4) {
      const x = v128.load32_splat(from);
      a0 = multiplyAdd(a0, x, v128.load(w));
      a1 = multiplyAdd(a1, x, v128.load(w, 16));
      w += 32;
    }
    v128.store(to, a0);
    v128.store(to, a1, 16);
    to += outRow;
  }
}

/**
 * The products of the filter's gradient: for each position `[channels, count]` times `[count, filters]`.
 *
 * @param tiles `[positions, channels / 4, count, 4]` of `winogradInput` or `pairInput`.
 * @param gradients `[positions, filters / 8, count, 8]` of `winogradGradient` or `pairGradient`.
 * @param output `[positions, channels, filters]`
 * @param accumulate whether to add to what is in `output`.
 */
export function winogradSums(
  tiles: usize,
  gradients: usize,
  output: usize,
  count: i32,
  channels: i32,
  filters: i32,
  accumulate: i32,
  positions: i32,
  tilePosition: usize,
  gradientPosition: usize,
): void {
  const run: usize = (<usize>count) << 4;
  const outRow: usize = (<usize>filters) << 2;
  for (let position = 0; position < positions; ++position) {
    let panel = gradients;
    for (let f: usize = 0; f < outRow; f += 32) {
      let from = tiles;
      let to = output + f;
      for (let c = 0; c < channels; c += 4) {
        tile(from, panel, 1, 1, run, 0, 0, 0, to, outRow, accumulate);
        from += run;
        to += 4 * outRow;
      }
      panel += run << 1;
    }
    tiles += tilePosition;
    gradients += gradientPosition;
    output += outRow * channels;
  }
}

