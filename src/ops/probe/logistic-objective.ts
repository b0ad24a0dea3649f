import type { LineFunction, LinePoint } from './lbfgs.ts';
import type { DoubleMemory } from '../../tensor/double/double-memory.ts';
import {
  packWeights,
  type PanelMatrix,
} from '../../tensor/double/panel-matrix.ts';

/** Examples that a linear model is fitted to, ready for products. */
export interface Design {
  /** float64 `[examples, width]`; column `features` is 1, the column of the biases, and what follows it is 0. */
  readonly x: PanelMatrix;
  readonly examples: number;
  readonly features: number;
  /** Columns of `x`: features, the column of the biases and zeros up to a multiple of eight. */
  readonly width: number;
  /** int32 `[examples]` in `0 … classes - 1`. */
  readonly targets: Int32Array;
  readonly classes: number;
}

/**
 * Objective of multinomial logistic regression, where it stands: `weights`, float64 `[classes, width]`.
 *
 *     f(W) = mean over examples of −log softmax(W x)_target  +  penalty/2 · Σ W²      biases left out
 */
export class LogisticObjective implements LineFunction {
  readonly size: number;
  readonly weights: Float64Array;
  /** May be changed between minimisations. */
  penalty = 0;
  readonly #memory: DoubleMemory;
  readonly #design: Design;
  readonly #packed: Float64Array; // weights or a direction, as products read them
  readonly #logits: Float64Array; // [examples, classes]
  readonly #slopes: Float64Array; // direction · x, [examples, classes]
  readonly #residuals: Float64Array; // [examples, classes]
  readonly #gradient: Float64Array; // [classes, width]
  #direction: Float64Array;

  /** Lengths of the arrays that it takes out of a memory. */
  static lengths(examples: number, width: number, classes: number): number[] {
    const outputs = examples * classes;
    const packed = Math.ceil(classes / 4) * 4 * width;
    return [packed, outputs, outputs, outputs, classes * width];
  }

  /** Starts at zero weights. */
  constructor(memory: DoubleMemory, design: Design) {
    const { examples, classes, width } = design;
    this.size = classes * width;
    this.weights = new Float64Array(this.size);
    this.#memory = memory;
    this.#design = design;
    this.#packed = memory.array(Math.ceil(classes / 4) * 4 * width);
    this.#logits = memory.array(examples * classes);
    this.#slopes = memory.array(examples * classes);
    this.#residuals = memory.array(examples * classes);
    this.#gradient = memory.array(this.size);
    this.#direction = this.weights;
  }

  /** Takes up weights that were changed from outside, and what rounding many steps left in the logits. */
  refresh(): void {
    this.#multiply(this.weights, this.#logits);
  }

  #multiply(weights: Float64Array, out: Float64Array): void {
    const { x, classes, width } = this.#design;
    packWeights(weights, classes, width, this.#packed);
    this.#memory.multiplyRows(x, this.#packed, classes, out);
  }

  /**
   * How much each example bends the objective: mean over classes of p (1 − p), divided by the number of examples.
   *
   * @returns float64 `[examples]`
   */
  curvatures(): Float64Array {
    const { examples, classes } = this.#design;
    const result = new Float64Array(examples);
    for (let i = 0; i < examples; i++) {
      const logits = this.#logits.subarray(i * classes, (i + 1) * classes);
      const largest = logits.reduce((a, b) => Math.max(a, b));
      let sum = 0;
      let squares = 0;
      for (const logit of logits) {
        const share = Math.exp(logit - largest);
        sum += share;
        squares += share * share;
      }
      result[i] = (1 - squares / (sum * sum)) / (classes * examples);
    }
    return result;
  }

  gradient(out: Float64Array): number {
    const { x, examples, width, features, classes, targets } = this.#design;
    const logits = this.#logits;
    const residuals = this.#residuals;
    let loss = 0;
    for (let i = 0; i < examples; i++) {
      const at = i * classes;
      let largest = -Infinity;
      for (let k = 0; k < classes; k++) {
        if (logits[at + k]! > largest) largest = logits[at + k]!;
      }
      let sum = 0;
      for (let k = 0; k < classes; k++) {
        const share = Math.exp(logits[at + k]! - largest);
        residuals[at + k] = share;
        sum += share;
      }
      const target = at + targets[i]!;
      loss += Math.log(sum) + largest - logits[target]!;
      const factor = 1 / (sum * examples);
      for (let k = 0; k < classes; k++) residuals[at + k]! *= factor;
      residuals[target]! -= 1 / examples;
    }
    this.#gradient.fill(0);
    this.#memory.addProducts(
      x,
      { from: 0, rows: examples, first: 0, last: width / 8 },
      residuals,
      classes,
      classes,
      this.#gradient,
      width,
    );
    out.set(this.#gradient);
    let squares = 0;
    for (let k = 0; k < classes; k++) {
      for (let j = k * width; j < k * width + features; j++) {
        const weight = this.weights[j]!;
        squares += weight * weight;
        out[j]! += this.penalty * weight;
      }
    }
    return loss / examples + 0.5 * this.penalty * squares;
  }

  aim(direction: Float64Array): void {
    this.#direction = direction;
    this.#multiply(direction, this.#slopes);
  }

  along(step: number): LinePoint {
    const { examples, width, features, classes, targets } = this.#design;
    const logits = this.#logits;
    const slopes = this.#slopes;
    let loss = 0;
    let slope = 0;
    for (let i = 0; i < examples; i++) {
      const at = i * classes;
      let largest = -Infinity;
      for (let k = 0; k < classes; k++) {
        const logit = logits[at + k]! + step * slopes[at + k]!;
        if (logit > largest) largest = logit;
      }
      let sum = 0;
      let mean = 0;
      for (let k = 0; k < classes; k++) {
        const share = Math.exp(
          logits[at + k]! + step * slopes[at + k]! - largest,
        );
        sum += share;
        mean += share * slopes[at + k]!;
      }
      const target = at + targets[i]!;
      loss +=
        Math.log(sum) + largest - logits[target]! - step * slopes[target]!;
      slope += mean / sum - slopes[target]!;
    }
    let squares = 0;
    let inner = 0;
    for (let k = 0; k < classes; k++) {
      for (let j = k * width; j < k * width + features; j++) {
        const moved = this.weights[j]! + step * this.#direction[j]!;
        squares += moved * moved;
        inner += moved * this.#direction[j]!;
      }
    }
    return {
      value: loss / examples + 0.5 * this.penalty * squares,
      slope: slope / examples + this.penalty * inner,
    };
  }

  advance(step: number): void {
    for (let i = 0; i < this.size; i++) {
      this.weights[i]! += step * this.#direction[i]!;
    }
    for (let i = 0; i < this.#logits.length; i++) {
      this.#logits[i]! += step * this.#slopes[i]!;
    }
  }
}
