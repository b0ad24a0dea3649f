import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  lbfgs,
  type LbfgsOptions,
  type LbfgsResult,
  type LineFunction,
} from '../../../src/ops/probe/lbfgs.ts';

/** Σ_i c_i (x_i − t_i)² / 2 + Σ_i q (x_i − t_i)⁴ / 4: convex, not a quadratic where q is not 0. */
class Bowl implements LineFunction {
  readonly size: number;
  readonly point: Float64Array;
  looks = 0;
  #direction = new Float64Array();
  readonly #curvatures: readonly number[];
  readonly #target: readonly number[];
  readonly #quartic: number;

  constructor(
    curvatures: readonly number[],
    target: readonly number[],
    quartic: number,
  ) {
    this.size = target.length;
    this.point = new Float64Array(this.size);
    this.#curvatures = curvatures;
    this.#target = target;
    this.#quartic = quartic;
  }

  #at(point: Float64Array): { value: number; gradient: Float64Array } {
    let value = 0;
    const gradient = point.map((x, i) => {
      const distance = x - this.#target[i]!;
      value +=
        (this.#curvatures[i]! * distance ** 2) / 2 +
        (this.#quartic * distance ** 4) / 4;
      return this.#curvatures[i]! * distance + this.#quartic * distance ** 3;
    });
    return { value, gradient };
  }

  gradient(out: Float64Array): number {
    const { value, gradient } = this.#at(this.point);
    out.set(gradient);
    return value;
  }

  aim(direction: Float64Array): void {
    this.#direction = Float64Array.from(direction);
  }

  along(step: number) {
    this.looks += 1;
    const { value, gradient } = this.#at(
      this.point.map((x, i) => x + step * this.#direction[i]!),
    );
    return {
      value,
      slope: gradient.reduce((sum, g, i) => sum + g * this.#direction[i]!, 0),
    };
  }

  advance(step: number): void {
    this.#direction.forEach((d, i) => {
      this.point[i]! += step * d;
    });
  }
}

function minimise(f: LineFunction, options: Partial<LbfgsOptions> = {}) {
  const run = lbfgs(f, {
    gradientNorm: 1e-10,
    iterations: 500,
    memory: 10,
    precondition: () => undefined,
    ...options,
  });
  let turns = 0;
  for (;;) {
    const turn = run.next();
    if (turn.done === true) return { ...turn.value, turns };
    turns += 1;
    assert.equal(turn.value, turns);
  }
}

const CURVATURES = [1, 3, 10, 50, 200, 1000];
const TARGET = [1, -2, 3, -4, 5, -6];

test('a badly scaled quadratic is minimised to the digits asked', () => {
  const f = new Bowl(CURVATURES, TARGET, 0);
  const result = minimise(f);
  assert.equal(result.converged, true);
  assert.ok(result.gradientNorm <= 1e-10);
  assert.equal(result.turns, result.iterations);
  TARGET.forEach((target, i) => {
    assert.ok(Math.abs(f.point[i]! - target) < 1e-9);
  });
});

test('a function that is not quadratic is minimised too', () => {
  const f = new Bowl(CURVATURES, TARGET, 0.7);
  assert.equal(minimise(f).converged, true);
  TARGET.forEach((target, i) => {
    assert.ok(Math.abs(f.point[i]! - target) < 1e-9);
  });
});

test('the exact inverse Hessian as preconditioner needs one step', () => {
  const f = new Bowl(CURVATURES, TARGET, 0);
  const result = minimise(f, {
    precondition: (vector) => {
      CURVATURES.forEach((curvature, i) => {
        vector[i]! /= curvature;
      });
    },
  });
  assert.equal(result.iterations, 1);
  assert.equal(f.looks, 1);
});

test('a preconditioner that is off by a factor costs few looks: the last pair tells the scale', () => {
  const curvatures = Array.from({ length: 40 }, (_, i) => 1.3 ** i);
  const f = new Bowl(
    curvatures,
    curvatures.map((_, i) => i % 7),
    0.7,
  );
  const { iterations, converged } = minimise(f, {
    memory: 3,
    precondition: (vector) => {
      curvatures.forEach((curvature, i) => {
        vector[i]! /= 10_000 * curvature;
      });
    },
  });
  assert.ok(converged);
  assert.ok(f.looks < 2 * iterations, `${f.looks} looks, ${iterations} steps`);
});

test('the memory speeds it up: without pairs many more steps are needed', () => {
  const iterations = (memory: number) =>
    minimise(new Bowl([1, 4, 25, 90], [1, 2, 3, 4], 0.1), {
      memory,
      iterations: 5000,
    }).iterations;
  assert.ok(iterations(1) > 1.5 * iterations(8));
});

test('a start at the minimum is done at once', () => {
  const f = new Bowl([1, 1], [0, 0], 0);
  const result: LbfgsResult = minimise(f);
  assert.deepEqual(
    { iterations: result.iterations, converged: result.converged },
    { iterations: 0, converged: true },
  );
});

test('running out of iterations is said', () => {
  const result = minimise(new Bowl(CURVATURES, TARGET, 0.7), { iterations: 3 });
  assert.equal(result.iterations, 3);
  assert.equal(result.converged, false);
});

test('asked for more digits than there are, it ends and says that it has not converged', () => {
  const f = new Bowl([1, 3, 10], [0.1, 0.2, 0.3], 0.7);
  const result = minimise(f, { gradientNorm: 0, iterations: 100_000 });
  assert.ok(result.iterations < 1000);
  assert.ok(result.converged || result.gradientNorm < 1e-12);
  assert.ok(Math.abs(f.point[1]! - 0.2) < 1e-12);
});
