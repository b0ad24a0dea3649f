import { loadLanes, storeLanes } from './lanes';

/**
 * Gradient of max pooling: each window hands its gradient to its first largest entry, row by row.
 *
 * @param x float32 `[images, inRows, inColumns, channels]`; `dx` likewise, overwritten.
 * @param y the pooled maxima, `[images, outRows, outColumns, channels]`; `dy` likewise.
 */
export function maxPoolGradient(
  dy: usize,
  x: usize,
  y: usize,
  dx: usize,
  images: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  outRows: i32,
  outColumns: i32,
  top: i32,
  left: i32,
  rowStep: i32,
  columnStep: i32,
  windowRows: i32,
  windowColumns: i32,
): void {
  const pixel: usize = (<usize>channels) << 2;
  const imageSize: usize = pixel * inColumns * inRows;
  memory.fill(dx, 0, imageSize * images);
  for (let n = 0; n < images; ++n) {
    for (let i = 0; i < outRows; ++i) {
      const r0 = max(0, i * rowStep - top);
      const r1 = min(inRows, i * rowStep - top + windowRows);
      for (let j = 0; j < outColumns; ++j) {
        const s0 = max(0, j * columnStep - left);
        const s1 = min(inColumns, j * columnStep - left + windowColumns);
        for (let c = 0; c < channels; c += 4) {
          const lanes = channels - c;
          const at: usize = (<usize>c) << 2;
          const largest = loadLanes(y + at, lanes);
          const gradient = loadLanes(dy + at, lanes);
          let open = i32x4.splat(-1);
          for (let r = r0; r < r1; ++r) {
            for (let s = s0; s < s1; ++s) {
              const offset = pixel * (r * inColumns + s) + at;
              const here = v128.and(
                open,
                f32x4.eq(loadLanes(x + offset, lanes), largest),
              );
              open = v128.andnot(open, here);
              const sum = f32x4.add(
                loadLanes(dx + offset, lanes),
                v128.and(gradient, here),
              );
              storeLanes(dx + offset, sum, lanes);
            }
          }
        }
        y += pixel;
        dy += pixel;
      }
    }
    x += imageSize;
    dx += imageSize;
  }
}

/**
 * Gradient of average pooling: each window spreads its gradient evenly over its places inside the image, since it is over
 * these that the mean was taken.
 *
 * @param dy float32 `[images, outRows, outColumns, channels]`
 * @param dx float32 `[images, inRows, inColumns, channels]`, overwritten.
 */
export function averagePoolGradient(
  dy: usize,
  dx: usize,
  images: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  outRows: i32,
  outColumns: i32,
  top: i32,
  left: i32,
  rowStep: i32,
  columnStep: i32,
  windowRows: i32,
  windowColumns: i32,
): void {
  const pixel: usize = (<usize>channels) << 2;
  const imageSize: usize = pixel * inColumns * inRows;
  memory.fill(dx, 0, imageSize * images);
  for (let n = 0; n < images; ++n) {
    for (let i = 0; i < outRows; ++i) {
      const r0 = max(0, i * rowStep - top);
      const r1 = min(inRows, i * rowStep - top + windowRows);
      for (let j = 0; j < outColumns; ++j) {
        const s0 = max(0, j * columnStep - left);
        const s1 = min(inColumns, j * columnStep - left + windowColumns);
        const places = max(0, r1 - r0) * max(0, s1 - s0);
        const share = f32x4.splat(<f32>1 / <f32>places);
        for (let r = r0; r < r1; ++r) {
          for (let s = s0; s < s1; ++s) {
            const to = dx + pixel * (r * inColumns + s);
            for (let c = 0; c < channels; c += 4) {
              const lanes = channels - c;
              const at: usize = (<usize>c) << 2;
              const part = f32x4.mul(loadLanes(dy + at, lanes), share);
              storeLanes(
                to + at,
                f32x4.add(loadLanes(to + at, lanes), part),
                lanes,
              );
            }
          }
        }
        dy += pixel;
      }
    }
    dx += imageSize;
  }
}
