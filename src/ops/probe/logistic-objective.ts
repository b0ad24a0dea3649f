import type { LineFunction, LinePoint } from './lbfgs.ts';
import { columnsTimesColumns, rowsTimesRows } from '../products.ts';

/** Examples that a linear model is fitted to, ready for products. */
export interface Design {
  /** float64 `[examples, width]`; the last column is 1, the column of the biases. */
  readonly rows: Float64Array;
  readonly examples: number;
  /** Features and the column of the biases. */
  readonly width: number;
  /** int32 `[examples]` in `0 … classes - 1`. */
  readonly targets: Int32Array;
  readonly classes: number;
}

/**
 * Objective of multinomial logistic regression, where it stands: `weights`, float64 `[classes, width]`.
 *
 *     f(W) = mean over examples of −log softmax(W x)_target  +  penalty/2 · Σ W²      biases (the last column) left out
 */
export class LogisticObjective implements LineFunction {
  readonly size: number;
  readonly weights: Float64Array;
  readonly #design: Design;
  readonly #penalty: number;
  readonly #logits: Float64Array; // [examples, classes]
  readonly #slopes: Float64Array; // direction · x, [examples, classes]
  readonly #residuals: Float64Array; // [examples, classes]
  #direction: Float64Array;

  /** @param weights where to start, float64 `[classes, width]`; moved in place. */
  constructor(design: Design, penalty: number, weights: Float64Array) {
    const { examples, classes, width } = design;
    this.size = classes * width;
    this.weights = weights;
    this.#design = design;
    this.#penalty = penalty;
    this.#logits = new Float64Array(examples * classes);
    this.#slopes = new Float64Array(examples * classes);
    this.#residuals = new Float64Array(examples * classes);
    this.#direction = new Float64Array(this.size);
    this.#refresh();
  }

  /** Logits from the weights, without the rounding that many steps added up. */
  #refresh(): void {
    const { rows, examples, width, classes } = this.#design;
    rowsTimesRows(rows, this.weights, this.#logits, examples, width, classes);
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
    const { rows, examples, width, classes, targets } = this.#design;
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
    columnsTimesColumns(residuals, rows, out, examples, width, classes);
    let squares = 0;
    for (let k = 0; k < classes; k++) {
      for (let j = k * width; j < (k + 1) * width - 1; j++) {
        const weight = this.weights[j]!;
        squares += weight * weight;
        out[j]! += this.#penalty * weight;
      }
    }
    return loss / examples + 0.5 * this.#penalty * squares;
  }

  aim(direction: Float64Array): void {
    const { rows, examples, width, classes } = this.#design;
    this.#direction = direction;
    rowsTimesRows(rows, direction, this.#slopes, examples, width, classes);
  }

  along(step: number): LinePoint {
    const { examples, width, classes, targets } = this.#design;
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
      for (let j = k * width; j < (k + 1) * width - 1; j++) {
        const moved = this.weights[j]! + step * this.#direction[j]!;
        squares += moved * moved;
        inner += moved * this.#direction[j]!;
      }
    }
    return {
      value: loss / examples + 0.5 * this.#penalty * squares,
      slope: slope / examples + this.#penalty * inner,
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
