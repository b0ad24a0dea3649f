import type { CompiledStep } from '../tensor/compiled-step.ts';
import type { BoundObjective } from '../ops/loss/bind-objective.ts';
import type { LayerOps } from '../tensor/layer-ops.ts';
import { scope } from '../tensor/scope.ts';
import {
  tf,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  type Variable,
} from '../tensor/tf.ts';
import {
  batchesOf,
  BatchBuilder,
  examplesOf,
  type ExampleRange,
  type LabelledImages,
} from './batches.ts';
import {
  evaluationPass,
  headOf,
  LOGITS,
  OUTPUTS,
  POOL,
  type Network,
} from './network.ts';
import type { PlainWeights } from './weights.ts';

/** What becomes of spatial activations: their mean over rows and columns, or all of them, row by row. */
export type Pooling = 'average' | 'none';

/** What a pass through the network is fed. */
interface PassInput {
  /** float32 `[examples, rows, columns, channels]`, as the network sees them. */
  readonly images: Tensor4D;
}

/** Layer -> float32 `[examples, width]`. */
type Activations = Readonly<Record<string, Tensor2D>>;

/** A network with fixed weights, in evaluation mode. */
export class Inference {
  readonly #network: Network;
  readonly #objective: BoundObjective;
  readonly #layers: LayerOps;
  readonly #weights: ReadonlyMap<string, Variable>;
  /** A pass for each choice of layers that was asked for. */
  readonly #passes = new Map<string, CompiledStep<PassInput, Activations>>();

  constructor(options: {
    readonly network: Network;
    readonly objective: BoundObjective;
    readonly layers: LayerOps;
    readonly weights: PlainWeights;
  }) {
    this.#network = options.network;
    this.#objective = options.objective;
    this.#layers = options.layers;
    this.#weights = new Map(
      options.network.weights.map(({ name, shape }) => {
        const values = options.weights[name];
        if (!values) throw new Error(`Internal error: no weight "${name}"`);
        return [
          name,
          scope(() => tf.variable(tf.tensor(values, [...shape], 'float32'))),
        ];
      }),
    );
  }

  /**
   * Activations of a batch, each float32 `[examples, width]`.
   *
   * @param images float32 `[examples, rows, columns, channels]`, as the network sees them.
   * @param wanted names among `layerNames(network)`.
   */
  async activations(
    images: Float32Array,
    shape: readonly [number, number, number, number],
    wanted: ReadonlySet<string>,
    pooling: Pooling,
  ): Promise<Readonly<Record<string, Float32Array>>> {
    const input = { images: tf.tensor4d(images, [...shape]) };
    const tensors = this.#pass(wanted, pooling).run(input);
    tf.dispose(input);
    const read: Record<string, Float32Array> = {};
    for (const [layer, tensor] of Object.entries(tensors)) {
      read[layer] = (await tensor.data()) as Float32Array;
      tensor.dispose();
    }
    return read;
  }

  dispose(): void {
    for (const pass of this.#passes.values()) pass.dispose();
    for (const tensor of this.#weights.values()) tensor.dispose();
  }

  #pass(
    wanted: ReadonlySet<string>,
    pooling: Pooling,
  ): CompiledStep<PassInput, Activations> {
    const name = [pooling, ...[...wanted].sort()].join(' ');
    let pass = this.#passes.get(name);
    if (pass === undefined) {
      pass = this.#layers.compile(
        ({ images }: PassInput) =>
          scope(() => this.#activations(images, wanted, pooling)),
        [...this.#weights.values()],
      );
      this.#passes.set(name, pass);
    }
    return pass;
  }

  #activations(
    images: Tensor4D,
    wanted: ReadonlySet<string>,
    pooling: Pooling,
  ): Activations {
    const found: Record<string, Tensor2D> = {};
    const weight = (name: string): Tensor => {
      const tensor = this.#weights.get(name);
      if (!tensor) throw new Error(`Internal error: no weight "${name}"`);
      return tensor;
    };
    const pass = {
      ...evaluationPass(this.#layers, weight),
      visit: (layer: string, map: Tensor4D) => {
        if (!wanted.has(layer)) return;
        found[layer] =
          pooling === 'average'
            ? this.#layers.globalAveragePool(map)
            : map.reshape([map.shape[0], -1]);
      },
    };
    const features = this.#network.body(pass, images);
    if (wanted.has(POOL)) found[POOL] = features;
    if (wanted.has(LOGITS) || wanted.has(OUTPUTS)) {
      const { logits, outputs } = this.#objective.evaluate(
        headOf(features, weight),
      );
      if (wanted.has(LOGITS)) found[LOGITS] = logits;
      if (wanted.has(OUTPUTS)) found[OUTPUTS] = outputs;
    }
    return found;
  }
}

/** Examples a batch where only predictions are asked for. */
const SCORED_AT_ONCE = 250;

/**
 * Share of correct predictions among examples, in evaluation mode. A prediction is the class with the largest output, of
 * equal ones the first. No examples have accuracy 0.
 *
 * @param afterBatch called after each batch, so that the caller may pause or stop.
 */
export async function accuracyOf(
  inference: Inference,
  source: LabelledImages,
  range: ExampleRange,
  afterBatch: () => Promise<void>,
): Promise<number> {
  const builder = new BatchBuilder(source);
  const wanted = new Set([OUTPUTS]);
  let correct = 0;
  for (const examples of batchesOf(examplesOf(range), SCORED_AT_ONCE)) {
    const { [OUTPUTS]: outputs } = await inference.activations(
      builder.images(examples),
      [examples.length, ...source.imageShape],
      wanted,
      'average',
    );
    const labels = builder.labels(examples);
    labels.forEach((label, row) => {
      const from = row * source.classes;
      const scores = outputs?.subarray(from, from + source.classes);
      if (scores && largest(scores) === label) correct += 1;
    });
    await afterBatch();
  }
  return range.end > range.start ? correct / (range.end - range.start) : 0;
}

/** Index of the largest value, of equal ones the first. */
function largest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  }
  return best;
}
