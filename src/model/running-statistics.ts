import { scope } from '../tensor/scope.ts';
import { tf, type Tensor1D, type Variable } from '../tensor/tf.ts';
import type { PlainWeights, WeightSpec } from './weights.ts';

/** Share of the old value that an update keeps where nothing else is said: momentum in TensorFlow's sense. */
export const BATCH_NORM_MOMENTUM = 0.9;

/** What one batch norm saw of one batch. */
export interface BatchStatistics {
  /** `[channels]` */
  readonly mean: Tensor1D;
  /** Biased, `[channels]`. */
  readonly variance: Tensor1D;
  /** Numbers that each channel's statistics were taken over. */
  readonly count: number;
}

interface Norm {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Running statistics of all batch norms of a network, for evaluation:
 *
 *     running = m running + (1 − m) batch,   the batch's variance taken unbiased: times n / (n − 1)
 *
 * All channels lie in one vector, so that an update is a handful of kernels for the whole network instead of for each layer.
 *
 * Source: Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 2; momentum and unbiased variance as PyTorch and
 * TensorFlow's fused kernel. Layers of TensorFlow.js take the biased variance.
 */
export class RunningStatistics {
  readonly #norms: readonly Norm[];
  readonly #means: Variable;
  readonly #variances: Variable;
  readonly #momentum: number;

  /** @param momentum m, share of the old value that an update keeps, in 0 … 1. */
  constructor(
    specs: readonly WeightSpec[],
    weights: PlainWeights,
    momentum = BATCH_NORM_MOMENTUM,
  ) {
    this.#momentum = momentum;
    let start = 0;
    this.#norms = specs
      .filter(({ trained, name }) => !trained && name.endsWith('/mean'))
      .map(({ name, shape }) => {
        const end = start + (shape[0] ?? 0);
        const norm = { name: name.slice(0, -'/mean'.length), start, end };
        start = end;
        return norm;
      });
    const joined = (part: string): Variable => {
      const vector = new Float32Array(start);
      for (const norm of this.#norms) {
        vector.set(weights[`${norm.name}/${part}`] ?? [], norm.start);
      }
      return tf.tidy(() => tf.variable(tf.tensor1d(vector)));
    };
    this.#means = joined('mean');
    this.#variances = joined('variance');
  }

  /** What `update` changes. */
  get variables(): readonly Variable[] {
    return [this.#means, this.#variances];
  }

  /** @param batch statistics of every batch norm, by name. */
  update(batch: ReadonlyMap<string, BatchStatistics>): void {
    const seen = this.#norms.map(({ name }) => {
      const statistics = batch.get(name);
      if (statistics === undefined) {
        throw new Error(`Internal error: batch norm "${name}" did not run`);
      }
      return statistics;
    });
    // `(1 − m) n / (n − 1)` for each channel.
    const factors = this.#norms.flatMap(({ start, end }, index) => {
      const n = seen[index]?.count ?? 1;
      const factor = (1 - this.#momentum) * (n / Math.max(n - 1, 1));
      return new Array<number>(end - start).fill(factor);
    });
    scope(() => {
      this.#means.assign(
        this.#means
          .mul(this.#momentum)
          .add(
            tf.concat1d(seen.map(({ mean }) => mean)).mul(1 - this.#momentum),
          ),
      );
      this.#variances.assign(
        this.#variances
          .mul(this.#momentum)
          .add(
            tf
              .concat1d(seen.map(({ variance }) => variance))
              .mul(tf.tensor1d(factors)),
          ),
      );
    });
  }

  /** The statistics as arrays of the network, by name. */
  async read(): Promise<PlainWeights> {
    const means = (await this.#means.data()) as Float32Array;
    const variances = (await this.#variances.data()) as Float32Array;
    return Object.fromEntries(
      this.#norms.flatMap(({ name, start, end }) => [
        [`${name}/mean`, means.slice(start, end)],
        [`${name}/variance`, variances.slice(start, end)],
      ]),
    );
  }

  dispose(): void {
    tf.dispose([this.#means, this.#variances]);
  }
}
