import type { StoredArray } from '../artifact/array-files/stored-array.ts';
import type { FeaturesValue } from '../artifact/features.ts';
import { NodeError } from '../kind/kind.ts';
import { knownName, type ArraySet } from './array-sets.ts';
import { quoted } from './feature-matrix.ts';
import type { FeaturesParams } from './features-params.ts';

/** A split, and the rows of a set of arrays that belong to it. */
export interface SplitRows {
  readonly name: string;
  /** Place of the set. */
  readonly set: number;
  readonly rows: Int32Array;
}

/** What all examples are where nothing says their split. */
const ALL = 'all';

/**
 * Which rows belong to which split: a file for each says it, or the user by "splits", or an array, or what our own files
 * say of themselves. Rows keep their order within a split.
 *
 * @throws {NodeError} if what says it doesn't fit the rows.
 */
export async function chooseSplits(
  sets: readonly ArraySet[],
  labelArrays: readonly StoredArray[],
  params: FeaturesParams,
  saved: FeaturesValue | undefined,
): Promise<readonly SplitRows[]> {
  const [only] = sets;
  const examples = labelArrays[0]?.rows ?? 0;
  if (only === undefined || only.split !== null) {
    if (params.splits !== undefined) {
      throw new NodeError(
        `"splits" says which rows are which split, but "source" has a file for each split already.`,
      );
    }
    return sets.map(({ split }, set) => ({
      name: split ?? ALL,
      set,
      rows: range(0, labelArrays[set]?.rows ?? 0),
    }));
  }
  if (params.splits !== undefined)
    return countedSplits(params.splits, examples);
  if (only.names.includes(params.split)) {
    return namedSplits(await only.array(params.split), examples, params);
  }
  // A name that somebody chose must be there; the default need not be.
  if (params.split !== 'split') knownName('"split"', params.split, only);
  return saved === undefined
    ? [{ name: ALL, set: 0, rows: range(0, examples) }]
    : Object.entries(saved.splits).map(([name, { start, end }]) => ({
        name,
        set: 0,
        rows: range(start, end),
      }));
}

const range = (start: number, end: number): Int32Array =>
  Int32Array.from({ length: end - start }, (_, index) => start + index);

function countedSplits(
  splits: NonNullable<FeaturesParams['splits']>,
  examples: number,
): readonly SplitRows[] {
  const names = splits.map(({ name }) => name);
  if (new Set(names).size < names.length) {
    throw new NodeError(`"splits" has a name twice: ${quoted(names)}.`);
  }
  const counted = splits.reduce((sum, split) => sum + split.examples, 0);
  if (counted !== examples) {
    throw new NodeError(
      `"splits" has ${counted} examples in all, but the files have ${examples} rows.`,
    );
  }
  let start = 0;
  return splits.map((split) => {
    const rows = range(start, start + split.examples);
    start += split.examples;
    return { name: split.name, set: 0, rows };
  });
}

/** Splits by an array: in the order of "split-names", others sorted behind them. */
function namedSplits(
  array: StoredArray,
  examples: number,
  params: FeaturesParams,
): readonly SplitRows[] {
  if (array.shape.length !== 1 || array.rows !== examples) {
    throw new NodeError(
      `${array.what} is ${array.description}, but there are ${examples} labels: it must have one split for each.`,
    );
  }
  const known = params['split-names'];
  const rows = new Map<string, number[]>();
  array.texts().forEach((text, row) => {
    const name = array.type.kind === 'text' ? text : known[Number(text)];
    if (name === undefined || name === '') {
      throw new NodeError(
        array.type.kind === 'text'
          ? `${array.what} says nothing of example ${row}.`
          : `${array.what} is ${text} at example ${row}, but "split-names" has ${known.length} names, for 0 to ${known.length - 1}.`,
      );
    }
    const own = rows.get(name);
    if (own === undefined) rows.set(name, [row]);
    else own.push(row);
  });
  const place = (name: string): number =>
    known.includes(name) ? known.indexOf(name) : known.length;
  return [...rows]
    .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
    .map(([name, own]) => ({ name, set: 0, rows: Int32Array.from(own) }));
}
