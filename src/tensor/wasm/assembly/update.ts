import { loadLanes, storeLanes } from './lanes';

/**
 * One step of SGD with Nesterov momentum into new arrays:
 *
 *     g = gradient + decay · weight;  v = momentum · velocity + g;  newWeight = weight − rate · (g + momentum · v)
 */
export function nesterov(
  weight: usize,
  velocity: usize,
  gradient: usize,
  newWeight: usize,
  newVelocity: usize,
  length: i32,
  rate: f32,
  momentum: f32,
  decay: f32,
): void {
  const rates = f32x4.splat(rate);
  const momenta = f32x4.splat(momentum);
  const decays = f32x4.splat(decay);
  for (let i = 0; i < length; i += 4) {
    const lanes = length - i;
    const at: usize = (<usize>i) << 2;
    const w = loadLanes(weight + at, lanes);
    const g = f32x4.add(loadLanes(gradient + at, lanes), f32x4.mul(decays, w));
    const v = f32x4.add(f32x4.mul(momenta, loadLanes(velocity + at, lanes)), g);
    const step = f32x4.mul(rates, f32x4.add(g, f32x4.mul(momenta, v)));
    storeLanes(newVelocity + at, v, lanes);
    storeLanes(newWeight + at, f32x4.sub(w, step), lanes);
  }
}
