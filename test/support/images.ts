import type { Artifact, NewArtifact } from '../../src/artifact/artifact.ts';
import type { DatasetValue } from '../../src/artifact/dataset.ts';
import type { LabelledImages } from '../../src/model/batches.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';
import { asInput } from './run-kind.ts';

/** A dataset artifact in memory. */
export function datasetOf(
  source: LabelledImages,
  /** Split -> `[start, end)`. */
  splits: Readonly<Record<string, readonly [number, number]>>,
  changes: Partial<DatasetValue> = {},
): Artifact<'dataset'> {
  const examples = source.labels.length;
  const made: NewArtifact<'dataset'> = {
    type: 'dataset',
    value: {
      classNames: Array.from(
        { length: source.classes },
        (_, k) => `class ${k}`,
      ),
      splits: Object.fromEntries(
        Object.entries(splits).map(([name, [start, end]]) => [
          name,
          { start, end },
        ]),
      ),
      imageShape: source.imageShape,
      normalization: source.normalization,
      source: 'made for tests',
      license: 'none',
      ...changes,
    },
    arrays: {
      images: ndArray('uint8', [examples, ...source.imageShape], source.images),
      labels: ndArray('int32', [examples], source.labels),
    },
  };
  return asInput(made);
}
