import type { NdArrayOf } from '../../tensor/nd-array.ts';
import { lbfgs, type LbfgsResult } from './lbfgs.ts';
import { LogisticObjective, type Design } from './logistic-objective.ts';
import { Preconditioner } from './preconditioner.ts';
import { dot } from '../products.ts';
import { DoubleMemory } from '../../tensor/double/double-memory.ts';
import {
  packWeights,
  toPanels,
  type PanelMatrix,
} from '../../tensor/double/panel-matrix.ts';

/** Features with their labels. */
export interface LabelledFeatures {
  /** float32 `[examples, features]`, finite. */
  readonly features: NdArrayOf<'float32'>;
  /** int32 `[examples]` */
  readonly labels: Int32Array;
}

/** When a fit is good enough. */
export interface FitOptions {
  /** Norm of the gradient that is small enough, as a share of its norm where all weights and biases are 0. */
  readonly tolerance: number;
  /** Iterations after which a fit is given up, for each penalty. */
  readonly iterations: number;
}

/** A fit with its certificate. */
export interface Fit extends LbfgsResult {
  readonly penalty: number;
}

/** The minimum for a penalty. */
interface Solution {
  readonly penalty: number;
  readonly weights: Float64Array;
}

/** Solutions that the start of a fit is made of. */
const EXTRAPOLATED = 3;

/** Pairs of differences that L-BFGS remembers. */
const MEMORY = 20;

/**
 * Multinomial logistic regression on one set of examples, for a path of penalties:
 *
 *     minimise  mean over examples of −log softmax(W x + b)_label  +  penalty/2 · ‖W‖²
 *
 * The biases b are not penalised. x is the feature vector times `scale`. Classes without examples have no weights and are
 * never predicted. Inside, the mean over examples is subtracted from x, which the biases take up: W and the minimum stay
 * the same, and the problem is better conditioned.
 */
export class LogisticModel {
  /** Labels of the classes that have examples, ascending. */
  readonly labels: Int32Array;
  /** Norm of the gradient where all weights and biases are 0. */
  readonly startGradientNorm: number;
  readonly #design: Design;
  readonly #objective: LogisticObjective;
  readonly #preconditioner: Preconditioner;
  readonly #mean: Float64Array;
  readonly #scale: number;
  /** Solutions so far, the latest last; what extrapolation needs. */
  readonly #path: Solution[] = [];

  /** @param parts the examples, all parts together; at least one example. */
  constructor(parts: readonly LabelledFeatures[], scale: number) {
    const labels = parts.flatMap((part) => [...part.labels]);
    this.labels = Int32Array.from(new Set(labels)).sort();
    const classOf = new Map(
      Array.from(this.labels, (label, index) => [label, index]),
    );
    this.#scale = scale;
    this.#mean = scaledMean(parts, scale);
    const features = this.#mean.length;
    const width = toPanels(features + 1);
    const examples = labels.length;
    const classes = this.labels.length;
    const memory = new DoubleMemory([
      examples * width,
      ...LogisticObjective.lengths(examples, width, classes),
      ...Preconditioner.lengths(features, width, classes),
    ]);
    const x = memory.panels(examples, features + 1);
    putCentred(parts, scale, this.#mean, x);
    this.#design = {
      x,
      examples,
      features,
      width,
      targets: Int32Array.from(labels, (label) => classOf.get(label) ?? 0),
      classes,
    };
    this.#objective = new LogisticObjective(memory, this.#design);
    this.#preconditioner = new Preconditioner(memory, this.#design);
    const gradient = new Float64Array(classes * width);
    this.#objective.gradient(gradient);
    this.startGradientNorm = Math.sqrt(dot(gradient, gradient));
  }

  /**
   * Moves the weights to the minimum for a penalty. It starts where the last three minima lead, so that penalties one after
   * the other, the largest first, start near their ends.
   *
   * @yields after each iteration, so that the caller may pause.
   */
  *fit(
    penalty: number,
    options: FitOptions,
  ): Generator<number, Fit, undefined> {
    const objective = this.#objective;
    objective.penalty = penalty;
    extrapolate(this.#path, penalty, objective.weights);
    objective.refresh();
    const curvatures = () => objective.curvatures();
    const isNew = this.#path.at(-1)?.penalty !== penalty;
    this.#preconditioner.update(penalty, isNew, curvatures);
    const run = lbfgs(objective, {
      gradientNorm: options.tolerance * this.startGradientNorm,
      iterations: options.iterations,
      memory: MEMORY,
      precondition: (vector) => {
        this.#preconditioner.apply(vector);
      },
    });
    for (;;) {
      const turn = run.next();
      if (turn.done === true) {
        const weights = Float64Array.from(objective.weights);
        this.#path.push({ penalty, weights });
        if (this.#path.length > EXTRAPOLATED) this.#path.shift();
        return { ...turn.value, penalty };
      }
      this.#preconditioner.update(penalty, false, curvatures);
      yield turn.value;
    }
  }

  /**
   * What was fitted, in terms of the scaled features: `logits = weights · (scale · features) + biases`.
   *
   * @returns float64 `weights` `[classes, features]` and `biases` `[classes]`, classes in the order of `labels`.
   */
  coefficients(): {
    readonly weights: Float64Array;
    readonly biases: Float64Array;
  } {
    const { width, features, classes } = this.#design;
    const fitted = this.#objective.weights;
    const weights = new Float64Array(classes * features);
    const biases = new Float64Array(classes);
    for (let k = 0; k < classes; k++) {
      const row = fitted.subarray(k * width, k * width + features);
      weights.set(row, k * features);
      biases[k] = fitted[k * width + features]! - dot(row, this.#mean);
    }
    return { weights, biases };
  }

  /**
   * The most probable label of each example; of equally probable ones the lowest.
   *
   * @param features float32 `[examples, features]`
   * @returns int32 `[examples]`
   */
  predict(features: NdArrayOf<'float32'>): Int32Array {
    const [examples = 0] = features.shape;
    const { width, classes } = this.#design;
    const outputs = examples * classes;
    const packed = Math.ceil(classes / 4) * 4 * width;
    const memory = new DoubleMemory([examples * width, packed, outputs]);
    const x = memory.panels(examples, width);
    putCentred(
      [{ features, labels: new Int32Array(examples) }],
      this.#scale,
      this.#mean,
      x,
    );
    const w = memory.array(packed);
    packWeights(this.#objective.weights, classes, width, w);
    const logits = memory.array(outputs);
    memory.multiplyRows(x, w, classes, logits);
    return Int32Array.from({ length: examples }, (_, i) => {
      let best = 0;
      for (let k = 1; k < classes; k++) {
        if (logits[i * classes + k]! > logits[i * classes + best]!) best = k;
      }
      return this.labels[best]!;
    });
  }
}

/**
 * Follows the path of minima to another penalty: the polynomial in log penalty through the solutions so far. It halves the
 * number of iterations, compared with a start at the last solution. Without solutions the weights are left as they are.
 */
function extrapolate(
  path: readonly Solution[],
  penalty: number,
  weights: Float64Array,
): void {
  if (path.some((solution) => solution.penalty === penalty)) return;
  const shares = path.map((solution) =>
    path.reduce(
      (share, other) =>
        other === solution
          ? share
          : (share * Math.log(penalty / other.penalty)) /
            Math.log(solution.penalty / other.penalty),
      1,
    ),
  );
  if (path.length > 0) weights.fill(0);
  for (const [index, solution] of path.entries()) {
    const share = shares[index]!;
    for (let i = 0; i < weights.length; i++)
      weights[i]! += share * solution.weights[i]!;
  }
}

/** Mean over examples of the scaled features. */
function scaledMean(
  parts: readonly LabelledFeatures[],
  scale: number,
): Float64Array {
  const width = parts[0]?.features.shape[1] ?? 0;
  const examples = parts.reduce((sum, part) => sum + part.labels.length, 0);
  const mean = new Float64Array(width);
  for (const { features, labels } of parts) {
    for (let i = 0; i < labels.length; i++) {
      for (let j = 0; j < width; j++) {
        mean[j]! += (features.data[i * width + j]! * scale) / examples;
      }
    }
  }
  return mean;
}

/** Writes scaled features minus `mean`, and a column of ones after them. */
function putCentred(
  parts: readonly LabelledFeatures[],
  scale: number,
  mean: Float64Array,
  out: PanelMatrix,
): void {
  const width = mean.length;
  let row = 0;
  for (const { features, labels } of parts) {
    for (let i = 0; i < labels.length; i++) {
      for (let j = 0; j < width; j++) {
        out.data[((j >> 3) * out.rows + row) * 8 + (j & 7)] =
          features.data[i * width + j]! * scale - mean[j]!;
      }
      out.data[((width >> 3) * out.rows + row) * 8 + (width & 7)] = 1;
      row += 1;
    }
  }
}
