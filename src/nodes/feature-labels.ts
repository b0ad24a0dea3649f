import type { StoredArray } from '../artifact/array-files/stored-array.ts';
import { NodeError } from '../kind/kind.ts';
import { nearestName } from '../util/nearest-name.ts';
import type { SplitRows } from './feature-splits.ts';

/** Classes and, in the order of the splits' rows, what each example belongs to. */
export interface Classes {
  readonly classNames: readonly string[];
  readonly labels: Int32Array;
}

/** More classes than this are a mistake: numbers that are no labels. */
const MAX_CLASSES = 1_000_000;

/**
 * Numbers the classes that label arrays speak of.
 *
 * @param asked names of the classes, where they are known.
 * @throws {NodeError} if a label is no class.
 */
export function chooseClasses(
  arrays: readonly StoredArray[],
  splits: readonly SplitRows[],
  { asked }: { readonly asked: readonly string[] | undefined },
): Classes {
  const isText = arrays.some(({ type }) => type.kind === 'text');
  const bySet = arrays.map((array) =>
    isText ? array.texts() : wholeNumbers(array),
  );
  const known = isText
    ? (asked ?? [...new Set(bySet.flat().map(String))].sort())
    : asked;
  const numberOf = new Map(known?.map((name, index) => [name, index]));
  const labels = splits.flatMap(({ set, rows }) =>
    Array.from(rows, (row) => {
      const label = bySet[set]?.[row] ?? '';
      if (typeof label === 'number') return label;
      const found = numberOf.get(label);
      if (found !== undefined) return found;
      const nearest = nearestName(label, numberOf.keys());
      throw new NodeError(
        `${arrays[set]?.what ?? ''} is "${label}" at example ${row}, which is none of "class-names".${nearest === undefined ? '' : ` Did you mean "${nearest}"?`}`,
      );
    }),
  );
  let largest = 0;
  for (const label of labels) largest = Math.max(largest, label);
  if (known !== undefined && largest >= known.length) {
    throw new NodeError(
      `Labels go up to ${largest}, but there are ${known.length} class names, for 0 to ${known.length - 1}.`,
    );
  }
  return {
    classNames:
      known ?? Array.from({ length: largest + 1 }, (_, k) => String(k)),
    labels: Int32Array.from(labels),
  };
}

function wholeNumbers(array: StoredArray): number[] {
  const labels: number[] = [];
  const rows = Int32Array.from({ length: array.rows }, (_, row) => row);
  for (const block of array.numbers(rows)) {
    for (const label of block) {
      if (!Number.isInteger(label) || label < 0 || label >= MAX_CLASSES) {
        throw new NodeError(
          `${array.what}, ${array.description}, is ${label} at example ${labels.length}: labels must be whole numbers from 0, below ${MAX_CLASSES}.`,
        );
      }
      labels.push(label);
    }
  }
  return labels;
}
