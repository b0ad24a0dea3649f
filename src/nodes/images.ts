import type { Artifact } from '../artifact/artifact.ts';
import type { SplitRange } from '../artifact/dataset.ts';
import { NodeError } from '../kind/kind.ts';
import type { LabelledImages } from '../model/batches.ts';
import { shapeText } from '../ops/check.ts';
import { unknownName } from './feature-matrix.ts';

/** The images of a data set, read into memory. */
export const readImages = (data: Artifact<'dataset'>): LabelledImages => ({
  images: data.array('images', 'uint8').data,
  labels: data.array('labels', 'int32').data,
  classes: data.value.classNames.length,
  imageShape: data.value.imageShape,
  normalization: data.value.normalization,
});

/**
 * The examples of one split of input "data".
 *
 * @throws {NodeError} if there is no such split, or if it is empty.
 */
export function dataSplit(
  data: Artifact<'dataset'>,
  split: string,
): SplitRange {
  const { splits } = data.value;
  const range = Object.hasOwn(splits, split) ? splits[split] : undefined;
  if (range === undefined) {
    throw unknownName('split', split, 'input "data"', Object.keys(splits));
  }
  if (range.end <= range.start) {
    throw new NodeError(`Split "${split}" of input "data" has no examples.`);
  }
  return range;
}

/**
 * The names of splits that were asked for, in the order of the data set; where nothing was asked for, all that have
 * examples.
 *
 * @throws {NodeError} if there is no such split, or if it is empty.
 */
export function chosenSplits(
  data: Artifact<'dataset'>,
  asked: readonly string[] | undefined,
): readonly string[] {
  for (const split of asked ?? []) dataSplit(data, split);
  return Object.entries(data.value.splits)
    .filter(([split, { start, end }]) => asked?.includes(split) ?? end > start)
    .map(([split]) => split);
}

/** @throws {NodeError} if the images are not of the shape that the model was trained on. */
export function checkImageShape(
  model: Artifact<'model'>,
  data: Artifact<'dataset'>,
): void {
  const expected = shapeText(model.value.imageShape);
  const found = shapeText(data.value.imageShape);
  if (expected !== found) {
    throw new NodeError(
      `Input "model" was trained on images of ${expected} (rows, columns, channels), but those of input "data" are ${found}.`,
    );
  }
}

/**
 * @param splits names of the splits that they are of, for messages.
 * @throws {NodeError} if a batch takes more examples than there are.
 */
export function checkBatch(
  batch: number,
  examples: number,
  ...splits: readonly string[]
): void {
  if (examples < batch) {
    const [have, names] =
      splits.length === 1 ? ['has', 'split'] : ['have', 'splits'];
    const all = splits.map((split) => `"${split}"`).join(' and ');
    throw new NodeError(
      `"batch" is ${batch}, but ${names} ${all} of input "data" ${have} only ${examples} ${examples === 1 ? 'example' : 'examples'}.`,
    );
  }
}
