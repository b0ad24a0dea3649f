import { setImmediate } from 'node:timers/promises';
import { batchesOf, BatchBuilder, type LabelledImages } from './batches.ts';
import type { Inference, Pooling } from './inference.ts';
import { Speedometer } from './speedometer.ts';

/** What layers make of some of the examples. */
export interface ActivationBatch {
  readonly examples: Int32Array;
  /** Layer -> float32 `[examples, width]`. */
  readonly layers: Readonly<Record<string, Float32Array>>;
  /** Examples so far, these among them, and how fast they went. */
  readonly done: number;
  readonly imagesPerSecond: number;
}

/**
 * Passes examples through a network, batch after batch; between two batches the process hears an interrupt.
 *
 * @param options.batch changes the memory it takes, and no number.
 */
export async function* activationBatches(
  inference: Inference,
  source: LabelledImages,
  examples: Int32Array,
  options: {
    readonly wanted: ReadonlySet<string>;
    readonly pooling: Pooling;
    readonly batch: number;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<ActivationBatch> {
  const builder = new BatchBuilder(source);
  const speed = new Speedometer();
  let done = 0;
  for (const chosen of batchesOf(examples, options.batch)) {
    const layers = await inference.activations(
      builder.images(chosen),
      [chosen.length, ...source.imageShape],
      options.wanted,
      options.pooling,
    );
    done += chosen.length;
    speed.add(chosen.length);
    const { imagesPerSecond } = speed;
    yield { examples: chosen, layers, done, imagesPerSecond };
    await setImmediate();
    options.signal.throwIfAborted();
  }
}
