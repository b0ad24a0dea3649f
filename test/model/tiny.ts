import {
  buildNetwork,
  type ArchitectureSetting,
} from '../../src/model/build-network.ts';
import type { LabelledImages } from '../../src/model/batches.ts';
import type { PlainWeights } from '../../src/model/weights.ts';
import { Rng } from '../../src/tensor/rng.ts';
import type { Arrays, Maps } from '../support/reference/resnet.ts';

/** A network of three blocks, one of them with an identity shortcut, on images of any size. */
export const TINY: ArchitectureSetting = {
  type: 'resnet',
  stem: { width: 3, stride: 2 },
  widths: [3, 4],
  strides: [1, 2],
  blocks: [1, 2],
  'zero-gamma': false,
  'last-layer-deviation': 0.5,
};

/** Its network for images of one channel in three classes. */
export const tinyNetwork = (setting: Partial<ArchitectureSetting> = {}) =>
  buildNetwork({ ...TINY, ...setting }, { channels: 1, classes: 3 });

/** Images of noise with a bright bar whose place is the class: a quarter of the rows from the top down. */
export function bars(options: {
  readonly examples: number;
  readonly seed: number;
  readonly size?: number;
  readonly noise?: number;
}): LabelledImages {
  const { examples, size = 9, noise = 60 } = options;
  const rng = Rng.of(options.seed, 'bars');
  const labels = Int32Array.from({ length: examples }, (_, i) => i % 3);
  const images = new Uint8Array(examples * size * size);
  labels.forEach((label, example) => {
    const bar = 1 + Math.round((label * (size - 3)) / 2);
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        images[(example * size + row) * size + column] =
          rng.below(noise + 1) + (row === bar ? 150 : 0);
      }
    }
  });
  return {
    images,
    labels,
    classes: 3,
    imageShape: [size, size, 1],
    normalization: { mean: [0.2], deviation: [0.25] },
  };
}

/** Images as the loops see them. */
export function mapsOf(
  values: ArrayLike<number>,
  [batch, rows, columns, channels]: readonly [number, number, number, number],
): Maps {
  return Array.from({ length: batch }, (_, n) =>
    Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) =>
        Array.from(
          { length: channels },
          (_, c) => values[((n * rows + i) * columns + j) * channels + c]!,
        ),
      ),
    ),
  );
}

/** Weights as the loops see them. */
export const plainArrays = (weights: PlainWeights): Arrays =>
  Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [name, [...values]]),
  );

/** Weights without the symmetry of an initial state: gamma, beta and running statistics are drawn as well. */
export function unevenWeights(
  weights: PlainWeights,
  seed: number,
): PlainWeights {
  const rng = Rng.of(seed, 'uneven');
  return Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [
      name,
      /gamma|variance/.test(name)
        ? values.map(() => 0.5 + rng.uniform())
        : /beta|mean|bias/.test(name)
          ? values.map(() => 0.3 * rng.normal())
          : values,
    ]),
  );
}
