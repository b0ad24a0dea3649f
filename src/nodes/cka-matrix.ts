import { setImmediate } from 'node:timers/promises';
import type { Member } from '../artifact/artifact.ts';
import { layerArray } from '../artifact/features.ts';
import { defineKind, many, NodeError } from '../kind/kind.ts';
import { allInnerProducts } from '../ops/similarity/all-inner-products.ts';
import { ndArray } from '../tensor/nd-array.ts';
import { Type } from '../util/type.ts';
import { unknownName } from './feature-matrix.ts';
import { checkUnit, gramSettings } from './gram-settings.ts';

/** Every layer of every network with every layer of every other. */
export const ckaMatrix = defineKind({
  name: 'cka-matrix',
  version: 1,
  summary:
    'Centred kernel alignment of all networks that are collected, every layer with every layer, from their Gram matrices in one pass.',
  params: Type.Object(
    { layers: gramSettings.layers },
    { additionalProperties: false },
  ),
  inputs: {
    networks: many(
      'gram',
      'Gram matrices of two networks or more, made with the same settings.',
    ),
  },
  output: 'score',
  facts: { sameExamples: ['networks'] },
  async run(context) {
    const { params, inputs, signal } = context;
    const { networks } = inputs;
    const [first] = networks;
    if (first === undefined || networks.length < 2) {
      throw new NodeError(
        `Input "networks" collects ${networks.length === 1 ? 'one network' : 'no network'}: two or more are compared.`,
      );
    }
    for (const other of networks) checkAlike(first, other);
    const rows = networks.flatMap((network) =>
      layersOf(network, params.layers).map((layer) => ({ network, layer })),
    );
    const { data } = first.artifact.array(
      layerArray(rows[0]?.layer ?? ''),
      'float32',
    );
    const length = data.length;
    const turns = allInnerProducts(
      rows.map(
        ({ network, layer }) =>
          (from, to) =>
            network.artifact.pieces(layerArray(layer), 'float32', from, to),
      ),
      length,
    );
    let turn = turns.next();
    while (turn.done !== true) {
      context.progress({ done: turn.value, total: length, unit: 'number' });
      await setImmediate();
      signal.throwIfAborted();
      turn = turns.next();
    }
    const products = turn.value;
    const size = rows.length;
    const own = rows.map(({ network, layer }, i) => {
      const square = products[i * size + i] ?? NaN;
      checkUnit(square, layer, `networks${coordinatesText(network)}`);
      return Math.sqrt(square);
    });
    const similarity = products.map(
      (value, at) =>
        value / (own[Math.floor(at / size)] ?? 1) / (own[at % size] ?? 1),
    );
    const at = (i: number, j: number): number => similarity[i * size + j] ?? 0;
    const shared = layersOf(first, params.layers).filter((layer) =>
      networks.every((network) =>
        layersOf(network, params.layers).includes(layer),
      ),
    );
    const placesOf = (layer: string): readonly number[] =>
      rows.flatMap((row, i) => (row.layer === layer ? [i] : []));
    const { kernel, threshold, estimator, split, batch, batches } =
      first.artifact.value;
    return {
      type: 'score',
      value: {
        networks: networks.map(({ coordinates }) => coordinates),
        rows: rows.map(({ network, layer }) => ({
          network: networks.indexOf(network),
          layer,
        })),
        // Mean over pairs of different networks.
        layers: Object.fromEntries(
          shared.map((layer) => [layer, meanOfPairs(placesOf(layer), at)]),
        ),
        matrices: Object.fromEntries(
          shared.map((layer) => {
            const places = placesOf(layer);
            return [layer, places.map((i) => places.map((j) => at(i, j)))];
          }),
        ),
        kernel,
        ...(threshold !== null && { threshold }),
        estimator,
        split,
        batch,
        batches,
      },
      arrays: { similarity: ndArray('float64', [size, size], similarity) },
    };
  },
});

type Network = Member<'gram'>;

/** `[loss=softmax,seed=0]` */
const coordinatesText = ({ coordinates }: Network): string =>
  `[${Object.entries(coordinates)
    .map(([axis, value]) => `${axis}=${value}`)
    .join(',')}]`;

function layersOf(
  network: Network,
  asked: readonly string[] | undefined,
): readonly string[] {
  const known = network.artifact.value.layers.map(({ name }) => name);
  for (const layer of asked ?? []) {
    if (known.includes(layer)) continue;
    const where = `member ${coordinatesText(network)} of input "networks"`;
    throw unknownName('layer', layer, where, known);
  }
  return asked ?? known;
}

/** Checks that two networks' Gram matrices can be compared. */
function checkAlike(first: Network, other: Network): void {
  const [one, two] = [first.artifact.value, other.artifact.value];
  const names = [coordinatesText(first), coordinatesText(other)].join(' and ');
  for (const setting of [
    ...(['split', 'batch', 'batches', 'estimator'] as const),
    ...(['kernel', 'threshold'] as const),
  ]) {
    if (one[setting] !== two[setting]) {
      throw new NodeError(
        `Members ${names} of input "networks" were made with different settings: "${setting}" is ${String(one[setting])} and ${String(two[setting])}.`,
      );
    }
  }
  const [left, right] = [first, other].map(
    ({ artifact }) => artifact.array('labels', 'int32').data,
  );
  if (left?.join() !== right?.join()) {
    throw new NodeError(
      `Members ${names} of input "networks" are of different examples: their labels differ.`,
    );
  }
}

/** Mean over pairs of different places. */
function meanOfPairs(
  places: readonly number[],
  at: (i: number, j: number) => number,
): number {
  let sum = 0;
  let pairs = 0;
  places.forEach((i, rank) => {
    for (const j of places.slice(0, rank)) {
      sum += at(i, j);
      pairs += 1;
    }
  });
  return sum / pairs;
}
