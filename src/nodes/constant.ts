import { Type } from '../util/type.ts';
import { ARTIFACT_TYPES } from '../artifact/artifact.ts';
import { defineKind, many } from '../kind/kind.ts';
import type { Json } from '../util/json.ts';

/** A score from the file: a known number for a table, or a node that costs next to nothing. */
export const constant = defineKind({
  name: 'constant',
  version: 1,
  summary:
    'A value from the file as a score, computed in no time: a known number for a table, or the measure of what a node costs.',
  params: Type.Object(
    {
      value: Type.Unknown({
        description:
          'What the score has under "value": a number, text, true or false, a list or a mapping.',
      }),
    },
    { additionalProperties: false },
  ),
  inputs: {},
  openInputs: {
    ...many(
      ARTIFACT_TYPES,
      'Nodes that come before this one; their values are not looked at.',
    ),
    mayBeNone: true,
  },
  output: 'score',
  run({ params }) {
    // It came out of a YAML file, and was checked to be finite.
    const value = params.value as Json;
    return Promise.resolve({ type: 'score', value: { value }, arrays: {} });
  },
});
