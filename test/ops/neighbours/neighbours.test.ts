import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  nearestNeighbours,
  type NeighbourDistance,
} from '../../../src/ops/neighbours/nearest-neighbours.ts';
import { voteOfNeighbours } from '../../../src/ops/neighbours/vote.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { assertClose } from '../../support/assert-close.ts';
import { clusters, matrix, rowsOf } from '../../support/features.ts';
import { finish } from '../../support/probe.ts';
import {
  cosine,
  knnLoops,
  minusEuclidean,
  nearestLoops,
} from '../../support/reference/neighbours.ts';
import { FLOAT64 } from '../../support/tolerances.ts';

const LOOPS = { cosine, euclidean: minusEuclidean } as const;
const DISTANCES: readonly NeighbourDistance[] = ['cosine', 'euclidean'];
const labels = Array.from({ length: 600 }, (_, i) => (i * i) % 7);
const points = clusters(Rng.of(1, 'neighbours'), {
  labels,
  width: 5,
  apart: 0.7,
  offset: 2,
});
// More than one block on each side, and no multiple of one.
const bankRows = rowsOf(points).slice(0, 530);
const queryRows = rowsOf(points).slice(530);
const bankLabels = Int32Array.from(labels.slice(0, 530));
const search = (
  distance: NeighbourDistance,
  count: number,
  bank = bankRows,
  queries = queryRows,
) =>
  finish(nearestNeighbours(matrix(bank), matrix(queries), { distance, count }));

for (const distance of DISTANCES) {
  test(`the nearest by ${distance} are those that sorting finds, over several blocks`, () => {
    const found = search(distance, 9);
    queryRows.forEach((query, at) => {
      const expected = nearestLoops(bankRows, query, LOOPS[distance], 9);
      assert.deepEqual(
        [...found.indices.subarray(at * 9, at * 9 + 9)],
        expected.map(({ index }) => index),
      );
      assertClose(
        found.similarities.subarray(at * 9, at * 9 + 9),
        expected.map(({ similarity }) => similarity),
        FLOAT64,
      );
    });
  });

  test(`votes by ${distance} are those of the loops, counted and weighted`, () => {
    const found = search(distance, 20);
    const counts = [1, 4, 20];
    const unit = 1.7;
    const temperature = distance === 'cosine' ? 0.005 : 0.05;
    const predicted = {
      majority: voteOfNeighbours(found, bankLabels, counts, {
        type: 'majority',
      }),
      weighted: voteOfNeighbours(found, bankLabels, counts, {
        type: 'weighted',
        temperature,
        unit,
      }),
    };
    const loops = (weight: (similarity: number) => number) =>
      counts.map((count) =>
        queryRows.map((query) =>
          knnLoops(bankRows, [...bankLabels], query, {
            similarity: LOOPS[distance],
            count,
            weight,
          }),
        ),
      );
    const majority = loops(() => 1);
    const weighted = loops((s) => Math.exp(s / unit / temperature));
    assert.deepEqual(
      predicted.majority.map((one) => [...one]),
      majority,
    );
    assert.deepEqual(
      predicted.weighted.map((one) => [...one]),
      weighted,
    );
    // The case can tell them apart, and knows the temperature and the unit.
    assert.notDeepEqual(majority, weighted);
    assert.notDeepEqual(
      loops((s) => Math.exp(s / unit)),
      weighted,
    );
    assert.notDeepEqual(
      loops((s) => Math.exp(s * temperature)),
      weighted,
    );
  });
}

test('the two distances have different neighbours here', () => {
  assert.notDeepEqual(
    search('cosine', 3).indices,
    search('euclidean', 3).indices,
  );
});

test('of equally near examples the first of the bank comes first', () => {
  for (const distance of DISTANCES) {
    const same = search(
      distance,
      3,
      [
        [3, 1],
        [1, 2],
        [1, 2],
        [-1, 5],
        [1, 2],
      ],
      [[1, 2]],
    );
    assert.deepEqual([...same.indices], [1, 2, 4]);
    if (distance === 'euclidean') {
      assert.deepEqual([...same.similarities], [-0, -0, -0]);
    }
  }
});

test('a tie of votes goes to the lowest label, not to the nearest', () => {
  const found = search('euclidean', 2, [[0], [2]], [[0.5]]);
  const [one, two] = voteOfNeighbours(found, Int32Array.of(5, 3), [1, 2], {
    type: 'majority',
  });
  assert.deepEqual([one?.[0], two?.[0]], [5, 3]);
});

test('a zero vector has cosine 0 to everything, itself too', () => {
  const found = search(
    'cosine',
    3,
    [
      [0, 0],
      [-1, 0],
      [1, 0],
    ],
    [
      [0, 0],
      [2, 0],
    ],
  );
  assert.deepEqual([...found.similarities], [0, 0, 0, 1, 0, -1]);
  assert.deepEqual([...found.indices], [0, 1, 2, 2, 0, 1]);
});

test('distances keep their digits where all vectors are far from zero', () => {
  const far = 2 ** 20;
  const bank = Array.from({ length: 40 }, (_, i) => [far + i, far - i / 2]);
  const found = search('euclidean', 2, bank, [[far + 7.25, far - 3.5]]);
  assertClose(
    found.similarities,
    nearestLoops(bank, [far + 7.25, far - 3.5], minusEuclidean, 2).map(
      ({ similarity }) => similarity,
    ),
    FLOAT64,
  );
});

test('a small temperature leaves the nearest its vote', () => {
  const found = search('euclidean', 3, [[1], [4], [4.5]], [[0]]);
  const [predicted] = voteOfNeighbours(found, Int32Array.of(1, 0, 0), [3], {
    type: 'weighted',
    temperature: 1e-6,
    unit: 1,
  });
  assert.equal(predicted?.[0], 1);
});
