import { loadLanes, storeLanes } from './lanes';

/**
 * Input gradient of a depthwise convolution.
 *
 *     dx[n, y, x, c] = Σ_{r, s, q} dy[n, i, j, c Q + q] · filter[r, s, c, q]   with y = i rowStep + r rowDilation − top, x likewise
 *
 * @param dy float32 `[images, outRows, outColumns, channels · multiplier]`
 * @param filter float32 `[tapRows, tapColumns, channels, multiplier]`, Q the multiplier.
 * @param dx float32 `[images, inRows, inColumns, channels]`, overwritten.
 */
export function depthwiseInputGradient(
  dy: usize,
  filter: usize,
  dx: usize,
  images: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  multiplier: i32,
  outRows: i32,
  outColumns: i32,
  top: i32,
  left: i32,
  rowStep: i32,
  columnStep: i32,
  rowDilation: i32,
  columnDilation: i32,
  tapRows: i32,
  tapColumns: i32,
): void {
  const pixel: usize = (<usize>channels) << 2;
  const outPixel: usize = pixel * multiplier;
  const imageSize: usize = pixel * inColumns * inRows;
  memory.fill(dx, 0, imageSize * images);
  for (let n = 0; n < images; ++n) {
    for (let i = 0; i < outRows; ++i) {
      for (let j = 0; j < outColumns; ++j) {
        for (let r = 0; r < tapRows; ++r) {
          const y = i * rowStep + r * rowDilation - top;
          if (y < 0 || y >= inRows) continue;
          for (let s = 0; s < tapColumns; ++s) {
            const x = j * columnStep + s * columnDilation - left;
            if (x < 0 || x >= inColumns) continue;
            const to = dx + pixel * (y * inColumns + x);
            const w = filter + outPixel * (r * tapColumns + s);
            if (multiplier == 1) {
              for (let c = 0; c < channels; c += 4) {
                const lanes = channels - c;
                const at: usize = (<usize>c) << 2;
                const part = f32x4.mul(
                  loadLanes(dy + at, lanes),
                  loadLanes(w + at, lanes),
                );
                storeLanes(
                  to + at,
                  f32x4.add(loadLanes(to + at, lanes), part),
                  lanes,
                );
              }
            } else {
              for (let c = 0; c < channels; ++c) {
                let sum: f32 = 0;
                for (let q = 0; q < multiplier; ++q) {
                  const at: usize = (<usize>(c * multiplier + q)) << 2;
                  sum += load<f32>(dy + at) * load<f32>(w + at);
                }
                const at: usize = (<usize>c) << 2;
                store<f32>(to + at, load<f32>(to + at) + sum);
              }
            }
          }
        }
        dy += outPixel;
      }
    }
    dx += imageSize;
  }
}

/**
 * Filter gradient of a depthwise convolution.
 *
 *     dFilter[r, s, c, q] = Σ_{n, i, j} input[n, y, x, c] · dy[n, i, j, c Q + q]   with y and x as in `depthwiseInputGradient`
 *
 * @param out float32 `[tapRows, tapColumns, channels, multiplier]`, overwritten.
 */
export function depthwiseFilterGradient(
  input: usize,
  dy: usize,
  out: usize,
  images: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  multiplier: i32,
  outRows: i32,
  outColumns: i32,
  top: i32,
  left: i32,
  rowStep: i32,
  columnStep: i32,
  rowDilation: i32,
  columnDilation: i32,
  tapRows: i32,
  tapColumns: i32,
): void {
  const pixel: usize = (<usize>channels) << 2;
  const outPixel: usize = pixel * multiplier;
  const imageSize: usize = pixel * inColumns * inRows;
  memory.fill(out, 0, outPixel * tapRows * tapColumns);
  for (let n = 0; n < images; ++n) {
    for (let i = 0; i < outRows; ++i) {
      for (let j = 0; j < outColumns; ++j) {
        for (let r = 0; r < tapRows; ++r) {
          const y = i * rowStep + r * rowDilation - top;
          if (y < 0 || y >= inRows) continue;
          for (let s = 0; s < tapColumns; ++s) {
            const x = j * columnStep + s * columnDilation - left;
            if (x < 0 || x >= inColumns) continue;
            const from = input + pixel * (y * inColumns + x);
            const to = out + outPixel * (r * tapColumns + s);
            if (multiplier == 1) {
              for (let c = 0; c < channels; c += 4) {
                const lanes = channels - c;
                const at: usize = (<usize>c) << 2;
                const part = f32x4.mul(
                  loadLanes(dy + at, lanes),
                  loadLanes(from + at, lanes),
                );
                storeLanes(
                  to + at,
                  f32x4.add(loadLanes(to + at, lanes), part),
                  lanes,
                );
              }
            } else {
              for (let c = 0; c < channels; ++c) {
                const value = load<f32>(from + ((<usize>c) << 2));
                for (let q = 0; q < multiplier; ++q) {
                  const at: usize = (<usize>(c * multiplier + q)) << 2;
                  store<f32>(
                    to + at,
                    load<f32>(to + at) + value * load<f32>(dy + at),
                  );
                }
              }
            }
          }
        }
        dy += outPixel;
      }
    }
    input += imageSize;
  }
}
