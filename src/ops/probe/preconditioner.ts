import { invertPositive } from './invert-positive.ts';
import type { Design } from './logistic-objective.ts';
import { columnsTimesColumns, rowsTimesRows } from '../products.ts';

/** Wider designs get the diagonal alone: a dense inverse costs width³. */
const DENSE_WIDTH = 2049;

/** Fewest iterations for which the curvature is kept. */
const KEPT_ITERATIONS = 20;

/**
 * A guess of the inverse Hessian of multinomial logistic regression, the same for every class:
 *
 *     (Σ_i c_i x_i x_iᵀ + penalty · I)⁻¹        biases not penalised
 *     c_i = mean over classes of p_ik (1 − p_ik), divided by the number of examples
 *
 * Examples that are told for certain bend the objective no more, so c follows the probabilities. What makes L-BFGS slow on
 * features is their covariance, and this takes it away: 2 to 10 times fewer iterations at small penalties.
 */
export class Preconditioner {
  readonly #design: Design;
  readonly #isDense: boolean;
  /** float64 `[width, width]`, or its diagonal `[width]`. */
  readonly #curvature: Float64Array;
  #inverse: Float64Array;
  readonly #scratch: Float64Array;
  #age = Infinity;

  constructor(design: Design) {
    const { width, classes } = design;
    this.#design = design;
    this.#isDense = width <= DENSE_WIDTH;
    this.#curvature = new Float64Array(this.#isDense ? width * width : width);
    this.#inverse = this.#curvature;
    this.#scratch = new Float64Array(classes * width);
  }

  /**
   * Takes up where a fit stands, before it starts and after each of its iterations.
   *
   * @param penalty of the fit.
   * @param isNew whether the penalty was another before.
   * @param weights answers with c, float64 `[examples]`; asked for only when the old ones are too old.
   */
  update(penalty: number, isNew: boolean, weights: () => Float64Array): void {
    const { width, classes } = this.#design;
    this.#age += 1;
    // A refresh costs about width / (2 · classes) iterations; it shall not cost more than half of what it is for.
    const isStale = this.#age > Math.max(KEPT_ITERATIONS, width / classes);
    if (isStale) {
      this.#measure(weights());
      this.#age = 0;
    }
    if (isStale || isNew) this.#invert(penalty);
  }

  /** Multiplies by the guess, in place; `vector` is float64 `[classes, width]`. */
  apply(vector: Float64Array): void {
    const { width, classes } = this.#design;
    if (this.#isDense) {
      rowsTimesRows(
        vector,
        this.#inverse,
        this.#scratch,
        classes,
        width,
        width,
      );
      vector.set(this.#scratch);
      return;
    }
    for (let k = 0; k < classes; k++) {
      for (let j = 0; j < width; j++)
        vector[k * width + j]! *= this.#inverse[j]!;
    }
  }

  #measure(weights: Float64Array): void {
    const { rows, examples, width } = this.#design;
    if (this.#isDense) {
      const weighted = new Float64Array(rows.length);
      for (let i = 0; i < examples; i++) {
        for (let j = i * width; j < (i + 1) * width; j++) {
          weighted[j] = weights[i]! * rows[j]!;
        }
      }
      columnsTimesColumns(
        weighted,
        rows,
        this.#curvature,
        examples,
        width,
        width,
      );
      return;
    }
    this.#curvature.fill(0);
    for (let i = 0; i < examples; i++) {
      for (let j = 0; j < width; j++) {
        this.#curvature[j]! += weights[i]! * rows[i * width + j]! ** 2;
      }
    }
  }

  #invert(penalty: number): void {
    const { width } = this.#design;
    const inverse = Float64Array.from(this.#curvature);
    if (this.#isDense) {
      for (let j = 0; j < width - 1; j++) inverse[j * width + j]! += penalty;
      invertPositive(inverse, width);
      this.#inverse = inverse;
      return;
    }
    this.#inverse = inverse.map(
      (value, j) =>
        1 / Math.max(value + (j < width - 1 ? penalty : 0), Number.MIN_VALUE),
    );
  }
}
