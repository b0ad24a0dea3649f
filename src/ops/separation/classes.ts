/** Labels as consecutive numbers, so that sums over classes are arrays. */
export interface Classes {
  /** Class of each example, `0 … sizes.length - 1`, in the order of the labels. */
  readonly indices: Int32Array;
  /** Examples of each class; none is 0. */
  readonly sizes: Int32Array;
}

/**
 * Numbers the classes that occur; labels without examples are left out.
 *
 * @param labels int32 `[examples]`; any integers.
 */
export function numberClasses(labels: Int32Array): Classes {
  const present = [...new Set(labels)].sort((a, b) => a - b);
  const numberOf = new Map(present.map((label, index) => [label, index]));
  const indices = labels.map((label) => numberOf.get(label) ?? 0);
  const sizes = new Int32Array(present.length);
  for (const index of indices) sizes[index]! += 1;
  return { indices, sizes };
}
