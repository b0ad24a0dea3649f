import { loadLanes, storeLanes } from './lanes';

/** Mean over places: `[images, places, channels]` -> `[images, channels]`. */
export function averagePlaces(
  x: usize,
  output: usize,
  images: i32,
  places: i32,
  channels: i32,
): void {
  const stride: usize = (<usize>channels) << 2;
  const share = f32x4.splat(<f32>1 / <f32>places);
  for (let n = 0; n < images; ++n) {
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const at: usize = (<usize>c) << 2;
      let sum = f32x4.splat(0);
      let from = x + at;
      for (let place = 0; place < places; ++place) {
        sum = f32x4.add(sum, loadLanes(from, lanes));
        from += stride;
      }
      storeLanes(output + at, f32x4.mul(sum, share), lanes);
    }
    x += stride * places;
    output += stride;
  }
}

/** Its gradient: every place gets an equal share of `[images, channels]`. */
export function spreadPlaces(
  dy: usize,
  dx: usize,
  images: i32,
  places: i32,
  channels: i32,
): void {
  const stride: usize = (<usize>channels) << 2;
  const share = f32x4.splat(<f32>1 / <f32>places);
  for (let n = 0; n < images; ++n) {
    for (let place = 0; place < places; ++place) {
      for (let c = 0; c < channels; c += 4) {
        const lanes = channels - c;
        const at: usize = (<usize>c) << 2;
        storeLanes(dx + at, f32x4.mul(loadLanes(dy + at, lanes), share), lanes);
      }
      dx += stride;
    }
    dy += stride;
  }
}
