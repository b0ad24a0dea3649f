import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Artifact, Member } from '../../src/artifact/artifact.ts';
import { cka } from '../../src/nodes/cka.ts';
import { ckaMatrix } from '../../src/nodes/cka-matrix.ts';
import { gram } from '../../src/nodes/gram.ts';
import { Rng } from '../../src/tensor/rng.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { featuresOf, matrix } from '../support/features.ts';
import { asInput, runKind } from '../support/run-kind.ts';

const rng = Rng.of(4, 'cka-matrix');
const LABELS = Array.from({ length: 140 }, (_, i) => i % 4);
const network = (
  widths: Readonly<Record<string, number>>,
  labels: readonly number[] = LABELS,
) =>
  featuresOf({
    layers: Object.fromEntries(
      Object.entries(widths).map(([name, width]) => [
        name,
        matrix(
          labels.map((label) =>
            Array.from({ length: width }, () => label + rng.normal()),
          ),
        ),
      ]),
    ),
    labels,
    splits: { test: [0, labels.length] },
    classes: 4,
  });
const NETWORKS = {
  softmax: network({ stem: 6, pool: 30 }),
  sigmoid: network({ stem: 5, pool: 40 }),
  squared: network({ pool: 20 }),
};
// 4950 numbers a layer: more than one piece.
const SETTINGS = { batch: 100 };

const member = async (
  loss: string,
  features: Artifact<'features'>,
  params: JsonObject = SETTINGS,
): Promise<Member<'gram'>> => ({
  coordinates: { loss },
  artifact: asInput(await runKind(gram, params, { features })),
});
const all = () =>
  Promise.all(
    Object.entries(NETWORKS).map(([loss, features]) => member(loss, features)),
  );

test('all networks at once give what each pair gives, both ways round', async () => {
  const { value, arrays } = await runKind(
    ckaMatrix,
    {},
    { networks: await all() },
  );
  assert.deepEqual(value['networks'], [
    { loss: 'softmax' },
    { loss: 'sigmoid' },
    { loss: 'squared' },
  ]);
  const rows = value['rows'] as { network: number; layer: string }[];
  assert.equal(rows.length, 5);
  const { data } = arrays['similarity']!;
  const features = Object.values(NETWORKS);
  for (const [i, left] of rows.entries()) {
    for (const [j, right] of rows.entries()) {
      const pair = await runKind(cka, SETTINGS, {
        left: features[left.network],
        right: features[right.network],
      });
      const names = pair.value as unknown as {
        leftLayers: string[];
        rightLayers: string[];
        matrix: number[][];
      };
      const expected =
        names.matrix[names.leftLayers.indexOf(left.layer)]?.[
          names.rightLayers.indexOf(right.layer)
        ];
      assert.ok(Math.abs(data[5 * i + j]! - (expected ?? NaN)) < 1e-6);
      assert.equal(data[5 * i + j], data[5 * j + i]);
    }
  }
});

test('layers that all networks have get a matrix and the mean over different networks', async () => {
  const { value } = await runKind(ckaMatrix, {}, { networks: await all() });
  const matrices = value['matrices'] as Record<string, number[][]>;
  assert.deepEqual(Object.keys(matrices), ['pool']);
  const [[a, b, c] = [], [, , d] = []] = matrices['pool'] ?? [];
  assert.ok(Math.abs((a ?? 0) - 1) < 1e-12);
  const mean = ((b ?? NaN) + (c ?? NaN) + (d ?? NaN)) / 3;
  assert.ok(
    Math.abs(Number((value['layers'] as JsonObject)['pool']) - mean) < 1e-12,
  );
});

test('what cannot be compared is refused with the members named', async () => {
  const [softmax, sigmoid] = await all();
  const run = (networks: readonly unknown[], params: JsonObject = {}) =>
    runKind(ckaMatrix, params, { networks });
  await assert.rejects(
    run([softmax]),
    /^NodeError: Input "networks" collects one network: two or more are compared\.$/,
  );
  await assert.rejects(
    run([softmax, await member('other', NETWORKS.squared, { batch: 50 })]),
    /^NodeError: Members \[loss=softmax\] and \[loss=other\] of input "networks" were made with different settings: "batch" is 100 and 50\.$/,
  );
  const others = network({ pool: 3 }, LABELS.toReversed());
  await assert.rejects(
    run([softmax, await member('other', others)]),
    /are of different examples: their labels differ\.$/,
  );
  await assert.rejects(
    run([softmax, sigmoid], { layers: ['pol'] }),
    /^NodeError: There is no layer "pol" in member \[loss=softmax\] of input "networks".*Did you mean "pool"\?$/,
  );
});
