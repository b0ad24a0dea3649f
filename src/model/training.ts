import { rateAt } from '../ops/optimizer/schedule.ts';
import type { LayerOps } from '../tensor/layer-ops.ts';
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../tensor/tf.ts';
import { BatchBuilder } from './batches.ts';
import { DivergedError, ModelError } from './model-error.ts';
import {
  NO_STEPS,
  statesOf,
  streamsFrom,
  type EpochResult,
  type EpochSums,
  type Streams,
  type TrainingPlan,
  type TrainingState,
} from './training-state.ts';
import { TrainingStep } from './training-step.ts';

/** A step whose results have not been read yet. */
interface Pending {
  readonly step: number;
  readonly rate: number;
  readonly objective: Scalar;
  readonly predictions: Tensor1D;
  readonly labels: Int32Array;
}

/**
 * A training in progress: one loop for training and fine-tuning. Steps are taken one by one; what they tell is read when the
 * caller asks, since a read waits for the device.
 */
export class Training {
  readonly #plan: TrainingPlan;
  readonly #stepsPerEpoch: number;
  readonly #step: TrainingStep;
  readonly #batches: BatchBuilder;
  readonly #streams: Streams;
  readonly #epochs: EpochResult[];
  readonly #pending: Pending[] = [];
  #taken: number;
  #order: Int32Array;
  #sums: EpochSums;

  /**
   * @throws {ModelError} if there are fewer examples than one batch takes.
   */
  constructor(plan: TrainingPlan, layers: LayerOps, state: TrainingState) {
    const { train } = plan.objective;
    if (train === null) {
      throw new Error('Internal error: the objective trains nothing');
    }
    this.#stepsPerEpoch = Math.floor(plan.examples.length / plan.batch);
    if (this.#stepsPerEpoch === 0) {
      throw new ModelError(
        `There are ${plan.examples.length} examples to train on, fewer than one batch of ${plan.batch}.`,
      );
    }
    this.#plan = plan;
    this.#step = new TrainingStep({
      ...plan,
      objective: train,
      layers,
      weights: state.weights,
      velocities: state.velocities,
    });
    this.#batches = new BatchBuilder(plan.source);
    this.#streams = streamsFrom(plan, state.streams);
    this.#taken = state.step;
    this.#order = state.order;
    this.#sums = state.sums;
    this.#epochs = [...state.epochs];
  }

  /** Steps in all. */
  get steps(): number {
    const { epochs, stopAfter = epochs } = this.#plan;
    return Math.round(stopAfter * this.#stepsPerEpoch);
  }

  get isFinished(): boolean {
    return this.#taken >= this.steps;
  }

  /** Epochs done; a part of one counts as its part. */
  get epochsDone(): number {
    return this.#taken / this.#stepsPerEpoch;
  }

  /** Whether the next step begins an epoch. */
  get isBetweenEpochs(): boolean {
    return this.#taken % this.#stepsPerEpoch === 0;
  }

  /** Metrics of the epochs that are read to their end. */
  get epochs(): readonly EpochResult[] {
    return this.#epochs;
  }

  /** Mean loss and accuracy of the current epoch as far as they are read, else of the last one, else null. */
  get metrics(): { readonly loss: number; readonly accuracy: number } | null {
    if (this.#sums.steps > 0) return this.#means();
    const last = this.#epochs.at(-1);
    return last ? { loss: last.loss, accuracy: last.accuracy } : null;
  }

  /** Takes one step. */
  advance(): void {
    const { batch, examples, augmentation, source } = this.#plan;
    const position = this.#taken % this.#stepsPerEpoch;
    if (position === 0) {
      this.#order = this.#streams.shuffle
        .permutation(examples.length)
        .map((index) => examples[index] ?? 0);
    }
    const chosen = this.#order.subarray(
      position * batch,
      (position + 1) * batch,
    );
    const rate = this.#rate(this.#taken);
    const { images, targets, labels } = this.#batches.augmented(
      chosen,
      augmentation,
      this.#streams,
    );
    const mask = this.#mask();
    const input = {
      images: tf.tensor4d(images, [batch, ...source.imageShape]),
      labels: tf.tensor2d(targets, [batch, source.classes]),
      rate: tf.scalar(rate),
      ...(mask && { mask }),
    };
    const output = this.#step.run(input);
    tf.dispose(Object.values(input));
    this.#pending.push({
      ...output,
      step: this.#taken,
      rate,
      labels,
    });
    this.#taken += 1;
  }

  /**
   * Reads what the steps since the last read told. To be called at the end of every epoch at the latest.
   *
   * @throws {DivergedError} if a loss is not finite, with the first such step.
   */
  async read(): Promise<void> {
    for (;;) {
      const pending = this.#pending.shift();
      if (pending === undefined) return;
      const { objective, predictions, labels, step, rate } = pending;
      const loss = (await objective.data())[0] ?? NaN;
      const predicted = await predictions.data();
      tf.dispose([objective, predictions]);
      if (!Number.isFinite(loss)) {
        this.#diverged(`The loss is ${loss}`, step, rate);
      }
      const correct = labels.filter(
        (label, i) => label === predicted[i],
      ).length;
      this.#sums = {
        steps: this.#sums.steps + 1,
        loss: this.#sums.loss + loss,
        correct: this.#sums.correct + correct,
      };
      if (this.#sums.steps === this.#stepsPerEpoch) {
        const epoch = this.#epochs.length + 1;
        this.#epochs.push({ epoch, ...this.#means(), rate });
        this.#sums = NO_STEPS;
      }
    }
  }

  /**
   * The state after the steps taken so far, its weights checked: the one that a training ends with.
   *
   * @throws {DivergedError} if a loss or a weight is not finite.
   */
  async state(): Promise<TrainingState> {
    const state = await this.snapshot();
    for (const [name, values] of Object.entries(state.weights)) {
      const bad = values.find((value) => !Number.isFinite(value));
      if (bad !== undefined) {
        const last = Math.max(0, this.#taken - 1);
        this.#diverged(`Weight "${name}" is ${bad}`, last, this.#rate(last));
      }
    }
    return state;
  }

  /**
   * The state after the steps taken so far; resuming from it gives the same bytes as going on. Weights are not looked at:
   * when a training is found to diverge must not depend on when it is saved.
   *
   * @throws {DivergedError} if a loss is not finite.
   */
  async snapshot(): Promise<TrainingState> {
    await this.read();
    return {
      step: this.#taken,
      ...(await this.#step.read()),
      streams: statesOf(this.#streams),
      order: this.#order.slice(),
      sums: this.#sums,
      epochs: [...this.#epochs],
    };
  }

  /** Frees all tensors. */
  dispose(): void {
    for (const { objective, predictions } of this.#pending.splice(0)) {
      tf.dispose([objective, predictions]);
    }
    this.#step.dispose();
  }

  #rate(step: number): number {
    const { objective, rate } = this.#plan;
    return rateAt(step, {
      ...this.#plan,
      rate: rate * objective.rateScale,
      stepsPerEpoch: this.#stepsPerEpoch,
    });
  }

  #means(): { readonly loss: number; readonly accuracy: number } {
    const { steps, loss, correct } = this.#sums;
    return {
      loss: loss / steps,
      accuracy: correct / (steps * this.#plan.batch),
    };
  }

  #mask(): Tensor2D | undefined {
    const { batch, network, objective } = this.#plan;
    const { keep } = objective;
    if (keep === null) return undefined;
    const width = network.features;
    const kept = new Float32Array(batch * width).map(() =>
      this.#streams.dropout.uniform() < keep ? 1 : 0,
    );
    return tf.tensor2d(kept, [batch, width]);
  }

  #diverged(what: string, step: number, rate: number): never {
    throw new DivergedError(what, { step, steps: this.steps, rate });
  }
}
