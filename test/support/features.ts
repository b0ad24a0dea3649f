import type { Artifact, NewArtifact } from '../../src/artifact/artifact.ts';
import { layerArray } from '../../src/artifact/features.ts';
import { ndArray, type NdArrayOf } from '../../src/tensor/nd-array.ts';
import type { Rng } from '../../src/tensor/rng.ts';
import { asInput } from './run-kind.ts';

/** Rows of numbers as a float32 matrix. */
export const matrix = (
  rows: readonly (readonly number[])[],
): NdArrayOf<'float32'> =>
  ndArray(
    'float32',
    [rows.length, rows[0]?.length ?? 0],
    Float32Array.from(rows.flat()),
  );

/** A float32 matrix as rows of numbers: what the loops of `reference/` see is what the code sees. */
export function rowsOf(array: NdArrayOf<'float32'>): number[][] {
  const [count = 0, width = 0] = array.shape;
  return Array.from({ length: count }, (_, i) => [
    ...array.data.subarray(i * width, (i + 1) * width),
  ]);
}

/** Normal features around a mean for each class; the spread between classes is `apart` times that within. */
export function clusters(
  rng: Rng,
  options: {
    readonly labels: readonly number[];
    readonly width: number;
    readonly apart: number;
    readonly offset?: number;
  },
): NdArrayOf<'float32'> {
  const means = new Map<number, number[]>();
  for (const label of options.labels) {
    if (means.has(label)) continue;
    means.set(
      label,
      Array.from(
        { length: options.width },
        () => options.apart * rng.normal() + (options.offset ?? 0),
      ),
    );
  }
  return matrix(
    options.labels.map((label) =>
      means.get(label)!.map((mean) => mean + rng.normal()),
    ),
  );
}

/** A features artifact in memory. */
export function featuresOf(options: {
  readonly layers: Readonly<Record<string, NdArrayOf<'float32'>>>;
  readonly labels: readonly number[];
  /** Split -> `[start, end)`. */
  readonly splits: Readonly<Record<string, readonly [number, number]>>;
  readonly classes: number;
}): Artifact<'features'> {
  const made: NewArtifact<'features'> = {
    type: 'features',
    value: {
      layers: Object.entries(options.layers).map(([name, { shape }]) => ({
        name,
        width: shape[1] ?? 0,
        pooling: 'average',
      })),
      classNames: Array.from(
        { length: options.classes },
        (_, index) => `class ${index}`,
      ),
      splits: Object.fromEntries(
        Object.entries(options.splits).map(([name, [start, end]]) => [
          name,
          { start, end },
        ]),
      ),
    },
    arrays: {
      labels: ndArray(
        'int32',
        [options.labels.length],
        Int32Array.from(options.labels),
      ),
      ...Object.fromEntries(
        Object.entries(options.layers).map(([name, array]) => [
          layerArray(name),
          array,
        ]),
      ),
    },
  };
  return asInput(made);
}
