import { centralDifferences } from './central-differences.ts';
import { crossEntropyLoops, logitLoops } from './objectives.ts';
import {
  resnetLoops,
  type Arrays,
  type Maps,
  type PlainResnet,
} from './resnet.ts';

/** What may be wrong with a step, for tests that tell the right one from it. */
export interface Mistakes {
  /** Decay on biases and batch norm as well. */
  readonly decayAll?: boolean;
  /** `w −= rate · v`: momentum without the look ahead. */
  readonly heavyBall?: boolean;
  /** The rate inside the velocity, as Keras has it. */
  readonly rateInVelocity?: boolean;
  /** The batch's biased variance in the running average. */
  readonly biasedVariance?: boolean;
  /** `running = 0.1 running + 0.9 batch`. */
  readonly swappedMomentum?: boolean;
}

const isDecayed = (name: string): boolean =>
  /filter$|logits\/weights$/.test(name);
const isRunning = (name: string): boolean => /\/(mean|variance)$/.test(name);

/** Softmax training of a residual network by full-batch steps in float64, its gradient by central differences. */
export function trainLoops(
  net: PlainResnet,
  start: Arrays,
  images: Maps,
  labels: readonly number[],
  options: {
    readonly rates: readonly number[];
    readonly momentum: number;
    readonly decay: number;
    readonly mistakes?: Mistakes;
  },
): { readonly weights: Arrays; readonly losses: readonly number[] } {
  const { rates, momentum, decay, mistakes = {} } = options;
  const classes = start['logits/bias']!.length;
  const lossAt = (weights: Arrays): number => {
    const { pool } = resnetLoops(net, weights, images, true);
    const flat = weights['logits/weights']!;
    const W = pool[0]!.map((_, j) =>
      flat.slice(j * classes, (j + 1) * classes),
    );
    const z = logitLoops({ x: pool, W, b: weights['logits/bias']!, labels });
    const losses = z.map((row, n) =>
      crossEntropyLoops(
        row,
        row.map((_, k) => (k === labels[n] ? 1 : 0)),
      ),
    );
    return losses.reduce((total, loss) => total + loss, 0) / losses.length;
  };

  let weights: Arrays = start;
  const velocities: Record<string, number[]> = {};
  const losses: number[] = [];
  for (const rate of rates) {
    losses.push(lossAt(weights));
    const next: Record<string, readonly number[]> = {};
    for (const [name, values] of Object.entries(weights)) {
      if (isRunning(name)) continue;
      const slopes = centralDifferences(
        (moved) => lossAt({ ...weights, [name]: moved }),
        values,
      );
      const velocity = velocities[name] ?? values.map(() => 0);
      const shrink = mistakes.decayAll === true || isDecayed(name) ? decay : 0;
      next[name] = values.map((value, i) => {
        const g = slopes[i]! + shrink * value;
        if (mistakes.rateInVelocity === true) {
          velocity[i] = momentum * velocity[i]! + rate * g;
          return value - (rate * g + momentum * velocity[i]);
        }
        velocity[i] = momentum * velocity[i]! + g;
        const step =
          mistakes.heavyBall === true
            ? velocity[i]
            : g + momentum * velocity[i];
        return value - rate * step;
      });
      velocities[name] = velocity;
    }
    const { seen } = resnetLoops(net, weights, images, true);
    for (const [name, { mean, variance, count }] of seen) {
      const old = mistakes.swappedMomentum === true ? 0.1 : 0.9;
      const factor = mistakes.biasedVariance === true ? 1 : count / (count - 1);
      next[`${name}/mean`] = weights[`${name}/mean`]!.map(
        (value, c) => old * value + (1 - old) * mean[c]!,
      );
      next[`${name}/variance`] = weights[`${name}/variance`]!.map(
        (value, c) => old * value + (1 - old) * factor * variance[c]!,
      );
    }
    weights = next;
  }
  return { weights, losses };
}
