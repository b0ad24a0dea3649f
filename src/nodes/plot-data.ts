import type { Estimate } from '../draw/drawing.ts';
import { NodeError } from '../kind/kind.ts';
import { meanInterval } from '../ops/statistics/mean-interval.ts';
import { meanOf } from '../ops/statistics/summary.ts';
import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import { quoted, unknownName } from './feature-matrix.ts';
import { valueAt } from './numeric-paths.ts';
import type { PlotParams, QuantityParams } from './plot-params.ts';
import { axisList, type TableInputs } from './table-columns.ts';
import { readSamples, type TableMember } from './table-samples.ts';

/** An estimate with the number of its replicates. */
export interface Measured extends Estimate {
  readonly count: number;
}

/** What a quantity is read along, beside the replicates. */
interface Along {
  /** Axis whose values are drawn apart; undefined: there is one of them. */
  readonly apart: string | undefined;
  /** What each member is split into: the values of an axis, entries of what the path leads to, or nothing. */
  readonly split:
    | { readonly type: 'none' }
    | { readonly type: 'axis'; readonly axis: string }
    | { readonly type: 'parts'; readonly partsOf: PartsOf };
}

/** The numbers of one member by the names of their places. */
export type PartsOf = (
  member: TableMember,
  input: string,
) => readonly (readonly [string, number])[];

/** Place -> name of what is drawn apart -> its estimate. The place is empty where nothing is split. */
export type Measures = ReadonlyMap<string, ReadonlyMap<string, Measured>>;

// Names of axes have no "=", so these are nobody's.
const ONE = '=one';
const PART = '=part';
const NUMBER = 'number';

/** Reads one quantity of a figure as tables read their columns. */
export function measure(
  quantity: QuantityParams,
  inputs: TableInputs,
  params: PlotParams,
  { apart, split }: Along,
): Measures {
  const input = inputName(quantity, inputs);
  const members = inputs[input] ?? [];
  const where = Object.fromEntries(
    Object.entries(quantity.where).map(([axis, value]) => [
      axis,
      String(value),
    ]),
  );
  checkAxes(input, members, [
    ...Object.keys(where),
    ...(apart === undefined ? [] : [apart]),
  ]);
  const isInParts = split.type === 'parts';
  const parted = isInParts
    ? members
        .filter(({ coordinates }) =>
          Object.entries(where).every(
            ([axis, value]) => coordinates[axis] === value,
          ),
        )
        .flatMap((member) =>
          split
            .partsOf(member, input)
            .map(([part, number]) => withNumber(member, part, number)),
        )
    : members;
  const samples = readSamples({
    input,
    members:
      apart === undefined
        ? parted.map((member) => ({
            ...member,
            coordinates: { ...member.coordinates, [ONE]: '' },
          }))
        : parted,
    path: isInParts ? NUMBER : quantity.value,
    rowAxis: apart ?? ONE,
    replicateAxes: axisList(params.replicates),
    where,
    splitAxis: isInParts ? PART : split.type === 'axis' ? split.axis : null,
    isStrict: true,
  });
  return new Map(
    [...samples].map(([place, rows]) => [
      place ?? '',
      new Map(
        [...rows]
          .filter(([name, sample]) => sample.size > 0 && isDrawn(name, params))
          .map(([name, sample]) => {
            const values = [...sample.values()];
            return [
              name,
              {
                mean: meanOf(values),
                interval: meanInterval(values, params.confidence),
                count: values.length,
              },
            ];
          }),
      ),
    ]),
  );
}

const isDrawn = (name: string, { except }: PlotParams): boolean =>
  !except.includes(name);

/** A member that has one number of another. */
const withNumber = (
  { coordinates, artifact }: TableMember,
  part: string,
  number: number,
): TableMember => ({
  coordinates: { ...coordinates, [PART]: part },
  artifact: {
    ...artifact,
    type: 'score',
    value: { [NUMBER]: number },
  },
});

function inputName({ input }: QuantityParams, inputs: TableInputs): string {
  const known = Object.keys(inputs).sort();
  const [only] = known;
  if (input === undefined) {
    if (only !== undefined && known.length === 1) return only;
    throw new NodeError(
      `Each quantity of the figure must name its "input", one of ${quoted(known)}.`,
    );
  }
  if (!Object.hasOwn(inputs, input)) {
    throw unknownName('input', input, 'this node', known);
  }
  return input;
}

function checkAxes(
  input: string,
  members: readonly TableMember[],
  axes: readonly string[],
): void {
  for (const { coordinates } of members) {
    for (const axis of axes) {
      if (Object.hasOwn(coordinates, axis)) continue;
      throw unknownName(
        'axis',
        axis,
        `a member of input "${input}"`,
        Object.keys(coordinates),
      );
    }
  }
}

/** Entries of a mapping or list of numbers in a member's value, or of an array of a score. */
export const entriesAt =
  (path: string): PartsOf =>
  ({ artifact }, input) => {
    const found = valueAt(artifact.value as unknown as JsonObject, path);
    if (found === undefined) {
      if (artifact.type === 'score' && artifact.arrayNames.includes(path)) {
        const { data } = artifact.array(path, 'float64');
        return Array.from(data, (number, at) => [String(at + 1), number]);
      }
    } else if (Array.isArray(found)) {
      return numbersOf(found.map((item: Json, at) => [String(at + 1), item]));
    } else if (isJsonObject(found)) {
      return numbersOf(Object.entries(found));
    }
    throw new NodeError(
      `"${path}" of a member of input "${input}" is ${found === undefined ? 'not there' : 'neither a mapping nor a list of numbers'}. ` +
        `At the top it has ${quoted([...Object.keys(artifact.value), ...artifact.arrayNames])}; a figure of single numbers names an axis under "x".`,
    );
  };

const numbersOf = (
  entries: readonly (readonly [string, Json])[],
): (readonly [string, number])[] =>
  entries.flatMap(([part, item]) =>
    typeof item === 'number' ? [[part, item]] : [],
  );
