import type { FeaturesValue } from '../artifact/features.ts';
import { readSaved } from '../artifact/array-files/saved-artifact.ts';
import { NodeError } from '../kind/kind.ts';
import { isJsonObject, type Json } from '../util/json.ts';
import type { ArraySet } from './array-sets.ts';

/**
 * What a file that this program wrote says of its features: layers, classes and splits. Undefined for all other files.
 *
 * @param examples rows of the file.
 * @throws {NodeError} if it contradicts the file.
 */
export function savedFeatures(
  sets: readonly ArraySet[],
  examples: number,
): FeaturesValue | undefined {
  const [only] = sets;
  const saved = only === undefined ? undefined : readSaved(only.metadata);
  if (sets.length !== 1 || only === undefined || saved?.type !== 'features') {
    return undefined;
  }
  const { value } = saved;
  if (!isFeaturesValue(value) || !isWhole(value.splits, examples)) {
    throw new NodeError(
      `What ${only.where} says of its splits, classes and layers does not fit its arrays. Write it again, or without metadata.`,
    );
  }
  return value;
}

const isList = (value: Json | undefined): value is readonly Json[] =>
  Array.isArray(value);

function isFeaturesValue(value: unknown): value is FeaturesValue {
  const given = value as Json | undefined;
  if (!isJsonObject(given)) return false;
  const { layers, classNames, splits } = given;
  return (
    isList(layers) &&
    layers.every(
      (layer) =>
        isJsonObject(layer) &&
        typeof layer['name'] === 'string' &&
        (layer['pooling'] === 'average' || layer['pooling'] === 'none'),
    ) &&
    isList(classNames) &&
    classNames.every((name) => typeof name === 'string') &&
    isJsonObject(splits) &&
    Object.values(splits).every(
      (range) =>
        isJsonObject(range) &&
        Number.isSafeInteger(range['start']) &&
        Number.isSafeInteger(range['end']),
    )
  );
}

/** Whether splits lie one after the other and have all rows. */
function isWhole(splits: FeaturesValue['splits'], examples: number): boolean {
  let end = 0;
  for (const range of Object.values(splits)) {
    if (range.start !== end || range.end < range.start) return false;
    end = range.end;
  }
  return end === examples;
}
