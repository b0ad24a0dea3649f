import type { Artifact } from '../artifact/artifact.ts';
import { layerArray } from '../artifact/features.ts';
import { NodeError } from '../kind/kind.ts';
import type { RowStream } from '../ops/separation/row-stream.ts';
import { ndArray, type NdArrayOf } from '../tensor/nd-array.ts';
import { nearestName } from '../util/nearest-name.ts';

/** Names as a message lists them: `"stem", "pool"`. */
export const quoted = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');

/** `There is no layer "poool" in input "features", which has "stem", "pool". Did you mean "pool"?` */
export function unknownName(
  what: string,
  name: string,
  where: string,
  known: readonly string[],
): NodeError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  return new NodeError(
    `There is no ${what} "${name}" in ${where}, which has ${quoted(known)}.${hint}`,
  );
}

/**
 * The labels of one split.
 *
 * @param slot name of the input, for messages.
 * @throws {NodeError} if there is no such split or if it is empty.
 */
export function splitLabels(
  artifact: Artifact<'features'>,
  split: string,
  slot: string,
): Int32Array {
  const { start, end } = splitRange(artifact, split, slot);
  return artifact.array('labels', 'int32').data.subarray(start, end);
}

/**
 * One layer's features of one split, `[examples, features]`, all finite.
 *
 * @param slot name of the input, for messages.
 * @throws {NodeError} if there is no such layer or split, if the split is empty, or if a value is not finite.
 */
export function splitFeatures(
  artifact: Artifact<'features'>,
  layer: string,
  split: string,
  slot: string,
): NdArrayOf<'float32'> {
  const { start, end, width } = layerRange(artifact, layer, split, slot);
  const { data } = artifact.array(layerArray(layer), 'float32');
  const part = data.subarray(start * width, end * width);
  const bad = part.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) {
    const example = Math.floor(bad / width);
    throw notFinite(layer, split, slot, example, part[bad]);
  }
  return ndArray('float32', [end - start, width], part);
}

/**
 * One layer's features of one split as a stream, chunk by chunk from the cache. They may not be finite: whoever passes over
 * them looks.
 *
 * @param slot name of the input, for messages.
 * @throws {NodeError} if there is no such layer or split, or if the split is empty.
 */
export function streamFeatures(
  artifact: Artifact<'features'>,
  layer: string,
  split: string,
  slot: string,
): RowStream {
  const { start, end, width } = layerRange(artifact, layer, split, slot);
  return {
    width,
    pieces: () =>
      artifact.pieces(layerArray(layer), 'float32', start * width, end * width),
  };
}

/** The sentence for a feature that is no number. */
export const notFinite = (
  layer: string,
  split: string,
  slot: string,
  example: number,
  value: number | undefined,
): NodeError =>
  new NodeError(
    `Layer "${layer}" of input "${slot}" is ${String(value)} at example ${example} of split "${split}": ` +
      `the network that it comes from is broken.`,
  );

/** Examples of a split and features of a layer. */
function layerRange(
  artifact: Artifact<'features'>,
  layer: string,
  split: string,
  slot: string,
): { readonly start: number; readonly end: number; readonly width: number } {
  const { layers } = artifact.value;
  const found = layers.find(({ name }) => name === layer);
  if (found === undefined) {
    const known = layers.map(({ name }) => name);
    throw unknownName('layer', layer, `input "${slot}"`, known);
  }
  return { ...splitRange(artifact, split, slot), width: found.width };
}

function splitRange(
  artifact: Artifact<'features'>,
  split: string,
  slot: string,
): { readonly start: number; readonly end: number } {
  const { splits } = artifact.value;
  const range = Object.hasOwn(splits, split) ? splits[split] : undefined;
  if (range === undefined) {
    throw unknownName('split', split, `input "${slot}"`, Object.keys(splits));
  }
  if (range.end <= range.start) {
    throw new NodeError(`Split "${split}" of input "${slot}" has no examples.`);
  }
  return range;
}
