import assert from 'node:assert/strict';
import { Rng } from '../../src/tensor/rng.ts';
import { tf, type Tensor } from '../../src/tensor/tf.ts';
import { inScope } from './in-scope.ts';
import { FLOAT32_DIRECTIONAL } from './tolerances.ts';

/** How a gradient is checked. */
export interface GradientCheck {
  /** Length of a step along a direction whose entries are standard normal; default 0.02, for inputs of order 1. */
  readonly epsilon?: number;
  /** Largest error of a directional derivative, relative to the length of the gradient; see `tolerances.ts`. */
  readonly tolerance?: number;
  /** Random directions per input; default 4. */
  readonly directions?: number;
}

/**
 * Checks the gradient of a function of tensors by differences along random directions, input by input:
 *
 *     d f(x + t v) / dt  ≈  (8 (f(x + h v) − f(x − h v)) − (f(x + 2h v) − f(x − 2h v))) / 12 h  =  gradient · v
 *
 * A direction mixes all entries, so one wrong entry shows, and the sum is far above the rounding of float32, which single
 * entries are not. `f` must be smooth within `2 epsilon`: choose inputs away from the kinks of relu and max. Where the
 * function exists as float64 loops, `reference/central-differences.ts` says more.
 *
 * @param f takes `xs` in their order and gives one number.
 */
export async function checkGradient(
  f: (...xs: Tensor[]) => Tensor,
  xs: readonly Tensor[],
  {
    epsilon = 0.02,
    tolerance = FLOAT32_DIRECTIONAL,
    directions = 4,
  }: GradientCheck = {},
): Promise<void> {
  const rng = Rng.of(1, 'directions');
  await inScope(async () => {
    const gradients = tf.grads((...inputs: Tensor[]) => f(...inputs))([...xs]);
    const value = Math.abs(await numberOf(f(...xs)));
    for (const [index, x] of xs.entries()) {
      const gradient = await gradients[index]!.data<'float32'>();
      assert.deepEqual(gradients[index]!.shape, x.shape);
      // Never below the rounding of the value itself: a gradient of exactly zero is one that may be expected.
      const size = Math.max(Math.hypot(...gradient), value * 1e-3);
      for (let count = 0; count < directions; count++) {
        const direction = Float32Array.from(gradient, () => rng.normal());
        const at = (t: number): Promise<number> =>
          inScope(() => {
            const moved = [...xs];
            const step = tf.tensor(direction, x.shape).mul(t);
            moved[index] = x.add(step);
            return numberOf(f(...moved));
          });
        const near = (await at(epsilon)) - (await at(-epsilon));
        const far = (await at(2 * epsilon)) - (await at(-2 * epsilon));
        const expected = (8 * near - far) / (12 * epsilon);
        const actual = gradient.reduce(
          (sum, slope, i) => sum + slope * direction[i]!,
          0,
        );
        const error = Math.abs(actual - expected) / size;
        assert.ok(
          error <= tolerance,
          `Along direction ${count + 1} of input ${index + 1} the gradient gives ${actual}, differences give ${expected}: ${error} of its length ${size}, more than ${tolerance}.`,
        );
      }
    }
  });
}

async function numberOf(scalar: Tensor): Promise<number> {
  assert.equal(scalar.size, 1, 'the function gives one number');
  return (await scalar.data())[0]!;
}
