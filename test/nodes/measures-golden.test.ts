import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cka } from '../../src/nodes/cka.ts';
import { probe } from '../../src/nodes/probe.ts';
import { separation } from '../../src/nodes/separation.ts';
import { table } from '../../src/nodes/table.ts';
import { Rng } from '../../src/tensor/rng.ts';
import type { Json } from '../../src/util/json.ts';
import { clusters, featuresOf } from '../support/features.ts';
import { scoreAt } from '../support/members.ts';
import { runKind } from '../support/run-kind.ts';

/** What the kinds gave when they had these versions, numbers to five digits. */
const GOLDEN = {
  separation: {
    version: 2,
    value: {
      r2: 0.50888,
      within: 0.41076,
      total: 0.83636,
      outcome: 'measured',
      layer: 'pool',
      split: 'train',
      distance: 'cosine',
      centered: false,
      examples: 30,
      classes: 3,
      absentClasses: 2,
      zeroVectors: 0,
    },
  },
  cka: {
    version: 2,
    value: {
      leftLayers: ['stem', 'pool'],
      rightLayers: ['stem', 'pool'],
      matrix: [
        [0.21844, 0.32392],
        [0.38231, 0.58036],
      ],
      layers: { stem: 0.21844, pool: 0.58036 },
      kernel: 'linear',
      estimator: 'unbiased',
      split: 'test',
      batch: 8,
      batches: 2,
      examples: 16,
      droppedExamples: 4,
    },
  },
  probe: {
    version: 2,
    value: {
      accuracy: 0.75,
      metric: 'accuracy',
      tuneAccuracy: 0.7,
      penalty: 1,
      penaltyAtEdge: true,
      objective: 0.99608,
      converged: true,
      path: [
        { penalty: 1, tuneAccuracy: 0.7, objective: 0.99281, converged: true },
        {
          penalty: 0.031623,
          tuneAccuracy: 0.7,
          objective: 0.5637,
          converged: true,
        },
        {
          penalty: 0.001,
          tuneAccuracy: 0.7,
          objective: 0.252,
          converged: true,
        },
      ],
      layer: 'pool',
      scale: 0.2886,
      classes: 3,
      absentClasses: 2,
      examples: { fit: 30, tune: 10, test: 20 },
    },
  },
  table: {
    version: 3,
    value: {
      title: '',
      rowAxis: 'loss',
      rows: ['softmax', 'squared'],
      columns: [
        {
          group: null,
          title: 'x',
          format: { type: 'number', digits: 3 },
          beside: 'standard-error',
        },
      ],
      cells: [
        [
          {
            mean: 0.36667,
            standardError: 0.1453,
            count: 3,
            interval: { lower: -0.25849, upper: 0.99183 },
            sample: { 'seed=0': 0.1, 'seed=1': 0.4, 'seed=2': 0.6 },
            pValue: null,
            correctedPValue: null,
          },
        ],
        [
          {
            mean: 1.5433,
            standardError: 0.24552,
            count: 3,
            interval: { lower: 0.48697, upper: 2.5997 },
            sample: { 'seed=0': 1.11, 'seed=1': 1.56, 'seed=2': 1.96 },
            pValue: 0.0073416,
            correctedPValue: 0.0073416,
          },
        ],
      ],
      baseline: 'softmax',
      replicates: ['seed'],
      confidence: 0.95,
      correction: 'holm',
      correlations: [],
    },
  },
};

const labels = Array.from({ length: 60 }, (_, i) => (i * i) % 5);
const network = (seed: number) =>
  featuresOf({
    layers: {
      stem: clusters(Rng.of(seed, 'stem'), { labels, width: 6, apart: 0.3 }),
      pool: clusters(Rng.of(seed, 'pool'), { labels, width: 4, apart: 1 }),
    },
    labels,
    splits: { train: [0, 30], tune: [30, 40], test: [40, 60] },
    classes: 5,
  });
const features = network(1);

/** Iterations and norms of gradients depend on the last digits of sums; the numbers that people read don't. */
const COUNTS = new Set(['iterations', 'gradientNorm', 'startGradientNorm']);
const rounded = (value: unknown): string =>
  JSON.stringify(value, (key, item: Json) =>
    COUNTS.has(key)
      ? undefined
      : typeof item === 'number'
        ? Number(item.toPrecision(5))
        : item,
  );

function check(
  kind: { readonly name: string; readonly version: number },
  golden: { readonly version: number; readonly value: object },
  value: unknown,
): void {
  const actual = rounded(value);
  const message = `the output of "${kind.name}" changed to ${actual}: bump its version, or fix the change`;
  assert.equal(kind.version, golden.version, message);
  assert.equal(actual, rounded(golden.value), message);
}

test('the output of separation is that of its version', async () => {
  const { value } = await runKind(separation, {}, { features });
  check(separation, GOLDEN.separation, value);
});

test('the output of cka is that of its version', async () => {
  const inputs = { left: features, right: network(2) };
  const { value } = await runKind(cka, { batch: 8 }, inputs);
  check(cka, GOLDEN.cka, value);
});

test('the output of probe is that of its version', async () => {
  const params = {
    penalties: { from: 1e-3, to: 1, count: 3 },
    tolerance: 1e-9,
  };
  const { value } = await runKind(probe, params, { features });
  check(probe, GOLDEN.probe, value);
});

test('the output of table is that of its version', async () => {
  const members = ['softmax', 'squared'].flatMap((loss, row) =>
    [0.1, 0.4, 0.6].map((x, seed) =>
      scoreAt({ loss, seed: String(seed) }, { x: x + row * (1 + x * x) }),
    ),
  );
  const params = { rows: 'loss', baseline: 'softmax' };
  const { value } = await runKind(table, params, { members });
  check(table, GOLDEN.table, value);
});
