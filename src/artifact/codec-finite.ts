import type { DType, ElementArrays } from '../tensor/nd-array.ts';
import type { Json } from '../util/json.ts';

/** A node returned something that can't be kept. The message names the value or array and is shown as it is. */
export class UnfitArtifactError extends Error {
  override readonly name = 'UnfitArtifactError';
}

/** `.accuracy.test`, `.epochs[3].loss`; empty for the value itself. */
function findNonFinite(
  value: unknown,
  path: string,
): { readonly path: string; readonly number: number } | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : { path, number: value };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, entry] of Object.entries(value)) {
    const found = findNonFinite(
      entry,
      Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * A value as plain data, once every number in it is known to be finite: JSON would write NaN as null without a word.
 *
 * @throws UnfitArtifactError that names the place of the first NaN or infinity.
 */
export function finiteValue(value: unknown): Json {
  const found = findNonFinite(value, '');
  if (found !== undefined) {
    throw new UnfitArtifactError(
      `"${found.path.slice(1)}" of the result is ${found.number}.`,
    );
  }
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** Row-major index of an element -> its place in each dimension. */
function placeOf(index: number, shape: readonly number[]): readonly number[] {
  const place: number[] = [];
  let rest = index;
  for (const length of [...shape].reverse()) {
    place.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return place;
}

/**
 * Checks that an array, or a piece of one, holds neither NaN nor infinities.
 *
 * @param shape of the whole array.
 * @param offset elements of the array before this piece.
 * @throws UnfitArtifactError that names the array and the place of the first of them.
 */
export function checkFiniteElements(
  name: string,
  data: ElementArrays[DType],
  shape: readonly number[],
  offset = 0,
): void {
  if (data instanceof Uint8Array || data instanceof Int32Array) return;
  // Zero times a finite number is zero, and NaN otherwise: one sum, no branch.
  let sum = 0;
  for (const number of data) sum += number * 0;
  if (sum === 0) return;
  const index = data.findIndex((number: number) => !Number.isFinite(number));
  throw new UnfitArtifactError(
    `The array "${name}" of the result holds ${data[index] ?? NaN} at [${placeOf(index + offset, shape).join(', ')}].`,
  );
}
