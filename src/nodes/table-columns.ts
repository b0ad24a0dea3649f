import type { NumberFormat, TableColumn } from '../artifact/table.ts';
import { NodeError } from '../kind/kind.ts';
import type { JsonObject } from '../util/json.ts';
import { quoted, unknownName } from './feature-matrix.ts';
import { numericPaths } from './numeric-paths.ts';
import type { ColumnParams, TableParams } from './table-params.ts';
import {
  readSamples,
  type Samples,
  type TableMember,
} from './table-samples.ts';

/** What a table is made of, by the names that the user gave the inputs. */
export type TableInputs = Readonly<Record<string, readonly TableMember[]>>;

/** A column with what each of its rows measured. */
export interface MeasuredColumn {
  readonly column: TableColumn;
  readonly samples: Samples;
}

const NO_SAMPLES: Samples = new Map();

/** Reads the columns that were asked for; without any, a column for every number of every input. */
export function measureColumns(
  inputs: TableInputs,
  params: TableParams,
): MeasuredColumn[] {
  return params.columns === undefined
    ? everyNumber(inputs, params)
    : params.columns.flatMap((one) => measure(one, inputs, params));
}

/** The axes of a parameter that is a name or a list of names. */
export const axisList = (
  given: string | readonly string[],
): readonly string[] => (typeof given === 'string' ? [given] : given);

/** One column as the user wrote it; several where it is split by an axis. */
function measure(
  one: ColumnParams,
  inputs: TableInputs,
  params: TableParams,
): MeasuredColumn[] {
  const input = inputName(one, inputs);
  const splitAxis = one['split-by'] ?? null;
  const samples = readSamples({
    input,
    members: inputs[input] ?? [],
    path: one.value,
    rowAxis: one.rows ?? params.rows,
    replicateAxes: axisList(one.replicates ?? params.replicates),
    where: Object.fromEntries(
      Object.entries(one.where).map(([axis, value]) => [axis, String(value)]),
    ),
    splitAxis,
    isStrict: true,
  });
  const look = {
    format: formatOf(one),
    beside: besideOf(one),
  };
  const title = one.title ?? one.value;
  if (splitAxis === null) {
    const column = { group: one.group ?? null, title, ...look };
    return [{ column, samples: samples.get(null) ?? NO_SAMPLES }];
  }
  return [...samples]
    .map(([name, part]) => ({ name: name ?? '', part }))
    .sort((a, b) => compareNames(a.name, b.name))
    .map(({ name, part }) => ({
      column: { group: one.group ?? title, title: name, ...look },
      samples: part,
    }));
}

function inputName(one: ColumnParams, inputs: TableInputs): string {
  const known = Object.keys(inputs).sort();
  const [only] = known;
  if (one.input === undefined) {
    if (only !== undefined && known.length === 1) return only;
    throw new NodeError(
      `The column "${one.title ?? one.value}" must name its "input", one of ${quoted(known)}.`,
    );
  }
  if (!Object.hasOwn(inputs, one.input)) {
    throw unknownName('input', one.input, 'this node', known);
  }
  return one.input;
}

const besideOf = (one: ColumnParams): TableColumn['beside'] =>
  one.interval
    ? 'interval'
    : one['standard-error']
      ? 'standard-error'
      : 'nothing';

const formatOf = ({ format, digits }: ColumnParams): NumberFormat => ({
  type: format,
  digits: digits ?? (format === 'percent' ? 1 : 3),
});

/** A column for every number that a member of an input has. */
function everyNumber(
  inputs: TableInputs,
  params: TableParams,
): MeasuredColumn[] {
  // Sorted: the order in the file is not part of the key.
  const names = Object.keys(inputs).sort();
  return names.flatMap((input) => {
    const members = inputs[input] ?? [];
    const paths = new Set(
      members.flatMap(({ artifact }) =>
        numericPaths(artifact.value as unknown as JsonObject),
      ),
    );
    return [...paths].map((path) => ({
      column: {
        group: names.length === 1 ? null : input,
        title: path,
        format: { type: 'number', digits: 3 } as const,
        beside: 'standard-error' as const,
      },
      samples:
        readSamples({
          input,
          members,
          path,
          rowAxis: params.rows,
          replicateAxes: axisList(params.replicates),
          where: {},
          splitAxis: null,
          isStrict: false,
        }).get(null) ?? NO_SAMPLES,
    }));
  });
}

/** Numbers by size, other names by code unit, numbers first. */
export function compareNames(left: string, right: string): number {
  const [a, b] = [Number(left), Number(right)];
  const [isA, isB] = [isNumeric(left), isNumeric(right)];
  if (isA && isB && a !== b) return a - b;
  if (isA !== isB) return isA ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
}

const isNumeric = (name: string): boolean =>
  name.trim() !== '' && Number.isFinite(Number(name));
