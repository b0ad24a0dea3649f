import { setImmediate } from 'node:timers/promises';
import type { Member } from '../artifact/artifact.ts';
import { defineKind, many, NodeError } from '../kind/kind.ts';
import { scoreEnsemble, shareOfEqual } from '../ops/agreement/agreement.ts';
import { meanOf } from '../ops/statistics/summary.ts';
import { ndArray } from '../tensor/nd-array.ts';
import type { JsonObject } from '../util/json.ts';
import { Type } from '../util/type.ts';
import { unknownName } from './feature-matrix.ts';

/** Agreement of networks, and what they are worth together. */
export const agreement = defineKind({
  name: 'agreement',
  version: 1,
  summary:
    'Share of equal predictions of every two networks, and the accuracy of their ensembles.',
  params: Type.Object(
    {
      by: Type.Optional(
        Type.String({
          minLength: 1,
          description:
            'Axis of the inputs, such as "loss": agreement is also averaged over pairs by their values, and each value has an ensemble of its own.',
        }),
      ),
      pairs: Type.Boolean({
        default: true,
        description:
          'Whether every two networks are also scored as an ensemble; the time grows with the square of their number.',
      }),
    },
    { additionalProperties: false },
  ),
  inputs: {
    predictions: many(
      'predictions',
      'Predictions of several networks for the same examples; collected ([loss=*, seed=*]) or one by one.',
    ),
  },
  output: 'score',
  facts: { sameExamples: ['predictions'] },
  async run(context) {
    const { params, inputs, signal } = context;
    const members = inputs.predictions;
    const { labels, classes } = sameExamples(members);
    const predicted = members.map(
      ({ artifact }) => artifact.array('predictions', 'int32').data,
    );
    const probabilities = (index: number): Float32Array =>
      members[index]?.artifact.array('probabilities', 'float32').data ??
      new Float32Array(0);
    const ensemble = (indices: readonly number[]) => {
      const sum = new Float64Array(labels.length * classes);
      for (const index of indices) addTo(sum, probabilities(index));
      return scoreEnsemble(sum, indices.length, labels);
    };

    const count = members.length;
    const shares = new Float64Array(count * count);
    const together = new Float64Array(count * count);
    for (let i = 0; i < count; i++) {
      const own = params.pairs ? probabilities(i) : new Float32Array(0);
      for (let j = 0; j <= i; j++) {
        const [left = labels, right = labels] = [predicted[i], predicted[j]];
        const share = shareOfEqual(left, right);
        shares[i * count + j] = shares[j * count + i] = share;
        if (!params.pairs) continue;
        const sum = Float64Array.from(own);
        addTo(sum, probabilities(j));
        const { accuracy } = scoreEnsemble(sum, 2, labels);
        together[i * count + j] = together[j * count + i] = accuracy;
      }
      context.progress({ done: i + 1, total: count, unit: 'network' });
      await setImmediate();
      signal.throwIfAborted();
    }
    const accuracies = predicted.map((one) => shareOfEqual(one, labels));
    const everyone = ensemble(members.map((_, index) => index));
    const meanAccuracy = meanOf(accuracies);
    const matrix = (values: Float64Array): number[][] =>
      accuracies.map((_, i) => [
        ...values.subarray(i * count, (i + 1) * count),
      ]);
    const shareOf = (i: number, j: number): number =>
      shares[i * count + j] ?? 0;
    return {
      type: 'score',
      value: {
        agreement: meanOfPairs(pairsOf(count), shareOf) ?? 0,
        accuracy: meanAccuracy,
        ensemble: { ...everyone, gain: everyone.accuracy - meanAccuracy },
        ...(params.pairs
          ? {
              pairEnsemble: {
                accuracy:
                  meanOfPairs(
                    pairsOf(count),
                    (i, j) => together[i * count + j] ?? 0,
                  ) ?? 0,
              },
            }
          : {}),
        ...(params.by === undefined
          ? {}
          : byAxis(params.by, members, shareOf, ensemble)),
        members: members.map(({ coordinates }) => ({ ...coordinates })),
        accuracies,
        matrix: matrix(shares),
        examples: labels.length,
        classes,
      },
      arrays: {
        agreement: ndArray('float64', [count, count], shares),
        ...(params.pairs
          ? { pairEnsembles: ndArray('float64', [count, count], together) }
          : {}),
      },
    };
  },
});

type PredictionMember = Member<'predictions'>;

function addTo(sum: Float64Array, values: Float32Array): void {
  for (let at = 0; at < sum.length; at++) {
    sum[at] = (sum[at] ?? 0) + (values[at] ?? 0);
  }
}

/** The labels, once it is sure that all members are of the same examples, as far as their labels tell. */
function sameExamples(members: readonly PredictionMember[]): {
  readonly labels: Int32Array;
  readonly classes: number;
} {
  const [first, ...others] = members;
  if (first === undefined || others.length === 0) {
    throw new NodeError(
      `Agreement needs the predictions of at least two networks, but input "predictions" has ${members.length}.`,
    );
  }
  const labels = first.artifact.array('labels', 'int32').data;
  const names = JSON.stringify(first.artifact.value.classNames);
  for (const other of others) {
    const own = other.artifact.array('labels', 'int32').data;
    const isSame =
      own.length === labels.length &&
      own.every((label, i) => label === labels[i]) &&
      JSON.stringify(other.artifact.value.classNames) === names;
    if (!isSame) {
      throw new NodeError(
        `Input "predictions" has predictions for different examples: the labels or classes of ${nameOf(first)} and of ${nameOf(other)} differ.`,
      );
    }
  }
  return { labels, classes: first.artifact.value.classNames.length };
}

/** `[loss=softmax, seed=0]` */
const nameOf = ({ coordinates }: PredictionMember): string =>
  `[${Object.entries(coordinates)
    .map(([axis, value]) => `${axis}=${value}`)
    .join(', ')}]`;

type Pair = readonly [number, number];

const pairsOf = (count: number): readonly Pair[] =>
  Array.from({ length: count }, (_, i) =>
    Array.from({ length: i }, (_, j) => [i, j] as const),
  ).flat();

const meanOfPairs = (
  pairs: readonly Pair[],
  value: (i: number, j: number) => number,
): number | null =>
  pairs.length === 0 ? null : meanOf(pairs.map(([i, j]) => value(i, j)));

/** Means over pairs by the values that both members have on an axis, and an ensemble for each value. */
function byAxis(
  axis: string,
  members: readonly PredictionMember[],
  shareOf: (i: number, j: number) => number,
  ensemble: (indices: readonly number[]) => {
    readonly accuracy: number;
    readonly nll: number;
  },
): JsonObject {
  const values = members.map((member) => {
    const value = member.coordinates[axis];
    if (value === undefined) {
      throw unknownName(
        'axis',
        axis,
        `member ${nameOf(member)} of input "predictions"`,
        Object.keys(member.coordinates),
      );
    }
    return value;
  });
  const groups = [...new Set(values)].sort();
  const pairs = pairsOf(members.length);
  const between = (a: string, b: string): number | null =>
    meanOfPairs(
      pairs.filter(
        ([i, j]) =>
          (values[i] === a && values[j] === b) ||
          (values[i] === b && values[j] === a),
      ),
      shareOf,
    );
  const isSame = ([i, j]: Pair): boolean => values[i] === values[j];
  return {
    by: axis,
    same: meanOfPairs(pairs.filter(isSame), shareOf),
    different: meanOfPairs(
      pairs.filter((pair) => !isSame(pair)),
      shareOf,
    ),
    groups: Object.fromEntries(
      groups.map((a) => [
        a,
        Object.fromEntries(groups.map((b) => [b, between(a, b)])),
      ]),
    ),
    ensembles: Object.fromEntries(
      groups.map((group) => [
        group,
        {
          ...ensemble(
            values.flatMap((value, index) => (value === group ? [index] : [])),
          ),
        },
      ]),
    ),
  };
}
