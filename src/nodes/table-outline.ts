import type { ColumnTitle, TableOutline } from '../artifact/table.ts';
import type { InputCoordinates } from '../kind/kind.ts';
import { compareNames } from './table-columns.ts';
import type { ColumnParams, TableParams } from './table-params.ts';

/** Coordinates of what the inputs of a table collect, by the names that the user gave the inputs. */
type Collected = Readonly<Record<string, readonly InputCoordinates[]>>;

/**
 * The rows and columns that a table will have, by the coordinates of its members alone. Null where its parameters name an
 * input or an axis that is not there: what is wrong with it is said when it runs.
 */
export function outlineTable(
  params: TableParams,
  inputs: Collected,
): TableOutline | null {
  const rows = new Set<string>();
  if (params.columns === undefined) {
    for (const members of Object.values(inputs)) {
      const names = valuesOf(members, params.rows);
      if (names === null) return null;
      for (const name of names) rows.add(name);
    }
    return { rows: [...rows], columns: null };
  }
  const columns: ColumnTitle[] = [];
  for (const one of params.columns) {
    const members = membersOf(one, inputs);
    const names = members && valuesOf(members, one.rows ?? params.rows);
    const titles = members && titlesOf(one, members);
    if (names === null || titles === null) return null;
    for (const name of names) rows.add(name);
    columns.push(...titles);
  }
  return { rows: [...rows], columns };
}

/** The members that a column is made of, or null. */
function membersOf(
  { input, where }: ColumnParams,
  inputs: Collected,
): readonly InputCoordinates[] | null {
  const names = Object.keys(inputs);
  // Of several inputs a column must name its own.
  const name = input ?? (names.length === 1 ? names[0] : undefined);
  const members = name === undefined ? undefined : inputs[name];
  return (
    members?.filter((coordinates) =>
      Object.entries(where).every(
        ([axis, value]) => coordinates[axis] === String(value),
      ),
    ) ?? null
  );
}

function titlesOf(
  { title, value, group, 'split-by': axis }: ColumnParams,
  members: readonly InputCoordinates[],
): readonly ColumnTitle[] | null {
  const own = title ?? value;
  if (axis === undefined) return [{ group: group ?? null, title: own }];
  const parts = valuesOf(members, axis);
  return (
    parts
      ?.toSorted(compareNames)
      .map((part) => ({ group: group ?? own, title: part })) ?? null
  );
}

/** The values of an axis that members have, each once; null where one lacks the axis. */
function valuesOf(
  members: readonly InputCoordinates[],
  axis: string,
): readonly string[] | null {
  const found = new Set<string>();
  for (const coordinates of members) {
    const value = coordinates[axis];
    if (value === undefined) return null;
    found.add(value);
  }
  return [...found];
}
