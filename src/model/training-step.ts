import type { BoundObjective } from '../ops/loss/bind-objective.ts';
import type { CompiledStep } from '../tensor/compiled-step.ts';
import type { LayerOps, TrainedVariable } from '../tensor/layer-ops.ts';
import {
  tf,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  type Variable,
} from '../tensor/tf.ts';
import {
  BATCH_NORM_EPSILON,
  headOf,
  type Network,
  type Pass,
} from './network.ts';
import {
  RunningStatistics,
  type BatchStatistics,
} from './running-statistics.ts';
import type { PlainWeights } from './weights.ts';

/** What a step is fed. All that changes from step to step comes in here, so that a step can be recorded and replayed. */
export interface StepInput {
  /** float32 `[batch, rows, columns, channels]` */
  readonly images: Tensor4D;
  /** float32 `[batch, classes]`: rows that add up to 1, one-hot unless examples are mixed. */
  readonly labels: Tensor2D;
  /** float32 `[batch, features]` of 0 and 1, where the objective drops features. */
  readonly mask?: Tensor2D;
  /** Learning rate. */
  readonly rate: Scalar;
}

/** What a step tells; the caller disposes both. */
export interface StepOutput {
  /** The objective before the update. */
  readonly objective: Scalar;
  /** The class with the largest output, int32 `[batch]`. */
  readonly predictions: Tensor1D;
}

/** The tensors of a network in training, and the step that changes them. */
export class TrainingStep {
  readonly #network: Network;
  readonly #objective: NonNullable<BoundObjective['train']>;
  readonly #layers: LayerOps;
  readonly #momentum: number;
  readonly #trained: ReadonlyMap<string, TrainedVariable>;
  readonly #running: RunningStatistics;
  readonly #compiled: CompiledStep<StepInput, StepOutput>;

  /** @param options.weights trained arrays and running statistics; velocities of trained arrays alone. */
  constructor(options: {
    readonly network: Network;
    readonly objective: NonNullable<BoundObjective['train']>;
    readonly layers: LayerOps;
    readonly momentum: number;
    readonly weightDecay: number;
    readonly batchNormMomentum?: number;
    readonly weights: PlainWeights;
    readonly velocities: PlainWeights;
  }) {
    this.#network = options.network;
    this.#objective = options.objective;
    this.#layers = options.layers;
    this.#momentum = options.momentum;
    const specs = options.network.weights;
    this.#trained = new Map(
      specs
        .filter(({ trained }) => trained)
        .map(({ name, shape, decays }) => [
          name,
          {
            weight: variable(options.weights[name], shape),
            velocity: variable(options.velocities[name], shape),
            decay: decays ? options.weightDecay : 0,
          },
        ]),
    );
    this.#running = new RunningStatistics(
      specs,
      options.weights,
      options.batchNormMomentum,
    );
    this.#compiled = options.layers.compile(
      (input: StepInput) => this.#step(input),
      [
        ...[...this.#trained.values()].flatMap(({ weight, velocity }) => [
          weight,
          velocity,
        ]),
        ...this.#running.variables,
      ],
    );
  }

  /** One step of the optimizer. */
  run(input: StepInput): StepOutput {
    return this.#compiled.run(input);
  }

  #step({ images, labels, mask, rate }: StepInput): StepOutput {
    const statistics = new Map<string, BatchStatistics>();
    let outputs: Tensor2D | undefined;
    const pass = this.#pass(statistics);
    const objective = (): Scalar => {
      const features = this.#network.body(pass, images);
      const head = headOf(features, (name) => pass.weight(name));
      const losses = this.#objective({
        ...head,
        labels,
        ...(mask && { mask }),
      });
      outputs = tf.keep(losses.outputs);
      const mean = losses.loss.mean<Scalar>();
      return losses.penalty ? mean.add<Scalar>(losses.penalty) : mean;
    };
    const all = [...this.#trained.values()];
    const { value, grads } = tf.variableGrads(
      objective,
      all.map(({ weight }) => weight),
    );
    const slopes = grads as Readonly<Record<string, Tensor | undefined>>;
    // An objective without a bias leaves the bias without a gradient.
    const moved = all.filter(({ weight }) => slopes[weight.name] !== undefined);
    this.#layers.nesterovStep(
      moved,
      moved.flatMap(({ weight }) => slopes[weight.name] ?? []),
      rate,
      this.#momentum,
    );
    this.#running.update(statistics);
    if (outputs === undefined) throw new Error('Internal error: no outputs');
    const predictions = outputs.argMax<Tensor1D>(1);
    for (const { mean, variance } of statistics.values()) {
      tf.dispose([mean, variance]);
    }
    tf.dispose([outputs, ...Object.values(grads)]);
    return { objective: value, predictions };
  }

  #pass(statistics: Map<string, BatchStatistics>): Pass {
    const weight = (name: string): Variable => {
      const found = this.#trained.get(name);
      if (!found) throw new Error(`Internal error: no weight "${name}"`);
      return found.weight;
    };
    return {
      layers: this.#layers,
      weight,
      normalize: (name, input, tail) => {
        const { output, mean, variance } = this.#layers.batchNormTraining(
          input,
          weight(`${name}/gamma`) as Tensor as Tensor1D,
          weight(`${name}/beta`) as Tensor as Tensor1D,
          BATCH_NORM_EPSILON,
          tail,
        );
        const [batch, rows, columns] = input.shape;
        statistics.set(name, {
          // Kept, for the gradient's scope ends before they are used.
          mean: tf.keep(mean),
          variance: tf.keep(variance),
          count: batch * rows * columns,
        });
        return output;
      },
    };
  }

  /** Copies of all arrays of the network and of the optimizer. */
  async read(): Promise<{
    readonly weights: PlainWeights;
    readonly velocities: PlainWeights;
  }> {
    this.#compiled.settle();
    const weights: Record<string, Float32Array> = {};
    const velocities: Record<string, Float32Array> = {};
    for (const [name, { weight, velocity }] of this.#trained) {
      weights[name] = (await weight.data()).slice() as Float32Array;
      velocities[name] = (await velocity.data()).slice() as Float32Array;
    }
    return {
      weights: { ...weights, ...(await this.#running.read()) },
      velocities,
    };
  }

  dispose(): void {
    this.#compiled.dispose();
    for (const { weight, velocity } of this.#trained.values()) {
      weight.dispose();
      velocity.dispose();
    }
    this.#running.dispose();
  }
}

function variable(
  values: Float32Array | undefined,
  shape: readonly number[],
): Variable {
  const initial = tf.tensor(
    values?.slice() ?? new Float32Array(shape.reduce((a, b) => a * b, 1)),
    [...shape],
  );
  const made = tf.variable(initial);
  initial.dispose();
  return made;
}
