import { Type } from '../util/type.ts';
import {
  defineKind,
  many,
  NodeError,
  type InputCoordinates,
  type Slot,
  type SlotInput,
} from '../kind/kind.ts';
import type { JsonObject } from '../util/json.ts';
import { err, ok, type Result } from '../util/result.ts';
import { quoted } from './feature-matrix.ts';
import { numericPaths, valueAt } from './numeric-paths.ts';
import { compareNames } from './table-columns.ts';

type Candidates = SlotInput<Slot<'score' | 'model' | 'predictions', true>>;

/** What was measured with the same value of each axis. */
interface Point {
  readonly values: readonly string[];
  /** Of each candidate; null where it has no number, as after a training that diverged. */
  readonly scores: readonly (number | null)[];
}

/** The best of collected candidates by a number that they have. */
export const tune = defineKind({
  name: 'tune',
  version: 2,
  summary:
    'The best of collected candidates by a number that each of them has: which settings do best on held-out examples.',
  params: Type.Object(
    {
      over: Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        uniqueItems: true,
        description:
          'Axes of the candidates along which is chosen. Candidates that differ in other axes only (seeds) are averaged.',
      }),
      metric: Type.String({
        default: 'tuneAccuracy',
        description:
          'The number to choose by, by its dotted name in the result of a candidate: measured on examples that nothing was fitted to, and that nothing is tested on.',
      }),
      direction: Type.Enum(['highest', 'lowest'], {
        default: 'highest',
        description:
          'Which number is the best. Of equally good points the first is chosen: axis by axis as "over" names them, numbers by size, other names by code unit.',
      }),
    },
    { additionalProperties: false },
  ),
  inputs: {
    candidates: many(
      ['score', 'model', 'predictions'],
      'The results to choose from, collected ([rate=*]).',
    ),
  },
  output: 'score',
  facts: {
    chooses: ({ metric }) => ({
      ...{ slot: 'candidates', number: metric, param: 'metric' },
    }),
  },
  picks: {
    among: ({ over }, { candidates = [] }) => {
      const points = new Map<string, Readonly<Record<string, string>>>();
      for (const coordinates of candidates) {
        const values = valuesAt(coordinates, over);
        if (!values.ok) return values;
        points.set(JSON.stringify(values.value), named(over, values.value));
      }
      return ok([...points.values()]);
    },
    picked: ({ picked }) => picked as Readonly<Record<string, string>>,
  },
  async run(context) {
    const { inputs } = context;
    const { over, metric, direction } = context.params;
    const points = readPoints(inputs.candidates, over, metric);
    const tried = points.map(({ values, scores }) => ({
      values,
      score: meanOf(scores),
      count: scores.length,
    }));
    const sign = direction === 'highest' ? 1 : -1;
    let best: { readonly values: readonly string[]; score: number } | null =
      null;
    for (const { values, score } of tried) {
      if (score === null) continue;
      if (best === null || sign * score > sign * best.score) {
        best = { values, score };
      }
    }
    if (best === null) {
      throw new NodeError(
        `The number "${metric}" of every candidate is null, as where a training diverged: there is nothing to choose. \`pipeline log\` of a candidate says what happened.`,
      );
    }
    const picked = named(over, best.values);
    const edges = over.filter((_, place) =>
      isAtEdge(
        best.values[place] ?? '',
        points.map(({ values }) => values[place] ?? ''),
      ),
    );
    for (const axis of edges) {
      context.log(
        `The chosen ${axis} ${picked[axis] ?? ''} is at the edge of its axis: a wider axis may hold a better one.`,
      );
    }
    return Promise.resolve({
      type: 'score' as const,
      value: {
        picked,
        score: best.score,
        metric,
        direction,
        atEdge: Object.fromEntries(
          over.map((axis) => [axis, edges.includes(axis)]),
        ),
        tried: tried.map(({ values, score, count }): JsonObject => ({
          at: coordinatesText(named(over, values)),
          score,
          candidates: count,
        })),
      },
      arrays: {},
    });
  },
});

/** Candidates by their values of the axes, in the order in which ties are broken. */
function readPoints(
  candidates: Candidates,
  over: readonly string[],
  metric: string,
): readonly Point[] {
  const points = new Map<
    string,
    { values: readonly string[]; scores: (number | null)[] }
  >();
  for (const { coordinates, artifact } of candidates) {
    const found = valuesAt(coordinates, over);
    if (!found.ok) throw new NodeError(found.error);
    const values = found.value;
    const score = valueAt(artifact.value as unknown as JsonObject, metric);
    if (score !== null && typeof score !== 'number') {
      const numbers = numericPaths(artifact.value as unknown as JsonObject);
      throw new NodeError(
        `"metric" names ${JSON.stringify(metric)}, which is not a number of the candidate at ${coordinatesText(coordinates)}; it has ${quoted(numbers)}.`,
      );
    }
    const key = JSON.stringify(values);
    const point = points.get(key) ?? { values, scores: [] };
    points.set(key, point);
    point.scores.push(score);
  }
  const sorted = [...points.values()].sort(({ values: a }, { values: b }) => {
    for (const [place, value] of a.entries()) {
      const order = compareNames(value, b[place] ?? '');
      if (order !== 0) return order;
    }
    return 0;
  });
  const counts = new Set(sorted.map(({ scores }) => scores.length));
  if (counts.size > 1) {
    throw new NodeError(
      `Points along "over" have unequal numbers of candidates (${[...counts].sort((a, b) => a - b).join(', ')}): their means can't be compared.`,
    );
  }
  return sorted;
}

/** A candidate's values of the axes that are chosen along, or a sentence that says which one it lacks. */
function valuesAt(
  coordinates: InputCoordinates,
  over: readonly string[],
): Result<readonly string[], string> {
  const missing = over.find((axis) => !Object.hasOwn(coordinates, axis));
  return missing === undefined
    ? ok(over.map((axis) => coordinates[axis] ?? ''))
    : err(
        `"over" names the axis "${missing}", which candidates don't have; they have ${quoted(Object.keys(coordinates))}.`,
      );
}

/** Null where a candidate has no number: a setting with which one seed diverges is none to choose. */
function meanOf(scores: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const score of scores) {
    if (score === null) return null;
    sum += score;
  }
  return sum / scores.length;
}

const named = (
  axes: readonly string[],
  values: readonly string[],
): Readonly<Record<string, string>> =>
  Object.fromEntries(axes.map((axis, place) => [axis, values[place] ?? '']));

/** As in the names of nodes: `rate=0.1,weight-decay=1e-4`. */
const coordinatesText = (
  coordinates: Readonly<Record<string, string>>,
): string =>
  Object.entries(coordinates)
    .map(([axis, value]) => `${axis}=${value}`)
    .join();

/** Whether the best may lie outside of what was tried; only numbers have an order that goes on. */
function isAtEdge(chosen: string, values: readonly string[]): boolean {
  const numbers = [...new Set(values)].map(Number);
  if (numbers.length < 2 || numbers.some((one) => !Number.isFinite(one))) {
    return false;
  }
  const own = Number(chosen);
  return own === Math.min(...numbers) || own === Math.max(...numbers);
}
