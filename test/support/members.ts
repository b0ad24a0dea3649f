import type { Member } from '../../src/artifact/artifact.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { asInput } from './run-kind.ts';

/** A score with its coordinates, as a collecting slot sees it. */
export const scoreAt = (
  coordinates: Readonly<Record<string, string>>,
  value: JsonObject,
): Member<'score'> => ({
  coordinates,
  artifact: asInput({ type: 'score', value, arrays: {} }),
});
