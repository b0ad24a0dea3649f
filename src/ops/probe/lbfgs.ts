import { dot } from '../products.ts';

/**
 * A smooth convex function that knows where it stands, so that looks along a line can be cheap: the logits of a linear
 * model change linearly, and only a new direction or a new gradient costs a product.
 */
export interface LineFunction {
  /** Number of variables. */
  readonly size: number;
  /** Writes the gradient at the current point and answers with the value there. */
  gradient(out: Float64Array): number;
  /** Takes up a direction from the current point. */
  aim(direction: Float64Array): void;
  /** Value and slope at `point + step · direction`. */
  along(step: number): LinePoint;
  /** Moves the current point along the direction. */
  advance(step: number): void;
}

/** A point of a line. */
export interface LinePoint {
  readonly value: number;
  /** Derivative by the step. */
  readonly slope: number;
}

/** When to stop, and how the steps are made. */
export interface LbfgsOptions {
  /** Euclidean norm of the gradient that is small enough. */
  readonly gradientNorm: number;
  readonly iterations: number;
  /** Pairs of differences that are remembered. */
  readonly memory: number;
  /** Multiplies by a symmetric positive definite guess of the inverse Hessian, in place. */
  precondition(vector: Float64Array): void;
}

/** How a minimisation ended. */
export interface LbfgsResult {
  readonly iterations: number;
  readonly value: number;
  readonly gradientNorm: number;
  /** Whether the gradient got as small as asked; false where iterations or digits ran out. */
  readonly converged: boolean;
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** 1 / (step · change) */
  readonly rho: number;
}

/**
 * Minimises a convex function by L-BFGS (two-loop recursion) from where it stands; the function is left at the minimum.
 *
 * Steps satisfy the strong Wolfe conditions with a curvature constant of 0.5: stricter than usual, since looks along a
 * line are cheap. The initial inverse Hessian of each recursion is the preconditioner times `s·y / y·Py` of the last pair.
 * Where no step is found (digits ran out) the memory is dropped once; then the result says that it has not converged.
 *
 * @yields the number of iterations done, after each, so that the caller may pause between them.
 *
 * Source: Nocedal and Wright, Numerical Optimization, 2nd edition, algorithms 7.4 and 7.5, equation 7.20 with a
 * preconditioner.
 */
export function* lbfgs(
  f: LineFunction,
  options: LbfgsOptions,
): Generator<number, LbfgsResult, undefined> {
  const { size } = f;
  const pairs: Pair[] = [];
  let gradient: Float64Array = new Float64Array(size);
  let value = f.gradient(gradient);
  let norm = Math.sqrt(dot(gradient, gradient));
  let scale = 1;
  let iterations = 0;
  while (norm > options.gradientNorm && iterations < options.iterations) {
    const direction = twoLoops(gradient, pairs, scale, options);
    f.aim(direction);
    const step = lineSearch(f, { value, slope: dot(direction, gradient) });
    if (step === null) {
      // The memory may mislead where digits run out; without it the direction is the preconditioned gradient.
      if (pairs.length === 0) break;
      pairs.length = 0;
      continue;
    }
    f.advance(step);
    const next = new Float64Array(size);
    value = f.gradient(next);
    iterations += 1;
    yield iterations;
    const moved = direction;
    const change = gradient;
    for (let i = 0; i < size; i++) {
      moved[i]! *= step;
      change[i] = next[i]! - change[i]!;
    }
    gradient = next;
    norm = Math.sqrt(dot(gradient, gradient));
    const curvature = dot(moved, change);
    if (curvature > 0) {
      pairs.push({ step: moved, change, rho: 1 / curvature });
      if (pairs.length > options.memory) pairs.shift();
      const shaped = Float64Array.from(change);
      options.precondition(shaped);
      scale = curvature / dot(change, shaped);
    }
  }
  return {
    iterations,
    value,
    gradientNorm: norm,
    converged: norm <= options.gradientNorm,
  };
}

/** `−H · gradient` with the inverse Hessian that the pairs imply. */
function twoLoops(
  gradient: Float64Array,
  pairs: readonly Pair[],
  scale: number,
  options: LbfgsOptions,
): Float64Array {
  const direction = gradient.map((value) => -value);
  const shares: number[] = [];
  for (const { step, change, rho } of pairs.toReversed()) {
    const share = rho * dot(step, direction);
    shares.push(share);
    for (let i = 0; i < direction.length; i++)
      direction[i]! -= share * change[i]!;
  }
  options.precondition(direction);
  for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  for (const { step, change, rho } of pairs) {
    const share = (shares.pop() ?? 0) - rho * dot(change, direction);
    for (let i = 0; i < direction.length; i++)
      direction[i]! += share * step[i]!;
  }
  return direction;
}

const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.5;
/** Rounding of the value, relative; smaller rises are none. */
const VALUE_ROUNDING = 1e-14;
const LOOKS = 40;

/**
 * A step that satisfies the strong Wolfe conditions, or null where none is found. The function is convex, so the slope
 * rises along the line and its sign says on which side the minimum is: the bracket needs no values, whose last digits
 * are worthless near the minimum.
 */
function lineSearch(f: LineFunction, start: LinePoint): number | null {
  if (!(start.slope < 0)) return null;
  const slack = VALUE_ROUNDING * Math.abs(start.value);
  let low = 0;
  let lowSlope = start.slope;
  let high = Infinity;
  let highSlope = Infinity;
  let step = 1;
  for (let look = 0; look < LOOKS; look++) {
    const { value, slope } = f.along(step);
    const isLower =
      value <= start.value + SUFFICIENT_DECREASE * step * start.slope + slack;
    if (isLower && Math.abs(slope) <= -CURVATURE * start.slope) return step;
    if (isLower && slope < 0) {
      low = step;
      lowSlope = slope;
    } else {
      high = step;
      highSlope = slope;
    }
    if (high === Infinity) {
      // Where a straight slope would cross zero, but not further than ten times as far.
      const gain = start.slope - slope;
      const crossing = gain < 0 ? (step * start.slope) / gain : Infinity;
      step *= Math.min(10, Math.max(1.5, crossing / step));
    } else {
      const width = high - low;
      const secant =
        highSlope > 0 && Number.isFinite(highSlope)
          ? low + (width * -lowSlope) / (highSlope - lowSlope)
          : low + width / 2;
      step = Math.min(high - 0.1 * width, Math.max(low + 0.1 * width, secant));
    }
  }
  return null;
}
