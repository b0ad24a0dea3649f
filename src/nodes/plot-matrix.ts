import { NodeError } from '../kind/kind.ts';
import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import { valueAt } from './numeric-paths.ts';
import type { FigureParams } from './plot-params.ts';
import type { PartsOf } from './plot-data.ts';

type MatrixParams = Extract<FigureParams, { type: 'matrix' }>;

/** A cell's row and column as one name of a place, and back. */
const placeOf = (row: string, column: string): string =>
  JSON.stringify([row, column]);
export const rowAndColumn = (place: string): readonly [string, string] =>
  JSON.parse(place) as [string, string];

/** The cells of the matrix in a member's value, by the names of their rows and columns. */
export const cellsOf =
  (figure: MatrixParams): PartsOf =>
  ({ artifact }, input) => {
    const value = artifact.value as unknown as JsonObject;
    const { path, rows } = matrixAt(value, figure, input);
    return rows.flatMap(([row, cells]) =>
      cells.flatMap(([column, cell]): [string, number][] => {
        if (cell === null) return [];
        if (typeof cell === 'number') return [[placeOf(row, column), cell]];
        throw new NodeError(
          `"${path}" of a member of input "${input}" is no matrix of numbers: at row "${row}", column "${column}" it has ${JSON.stringify(cell).slice(0, 60)}.`,
        );
      }),
    );
  };

type Entries<T> = readonly (readonly [string, T])[];

/** Rows and their cells by name: those of a mapping of mappings, or lists with lists of their names beside them. */
function matrixAt(
  value: JsonObject,
  { value: { value: path }, rows, columns }: MatrixParams,
  input: string,
): { readonly path: string; readonly rows: Entries<Entries<Json>> } {
  const found = valueAt(value, path);
  if (rows === undefined && columns === undefined && isJsonObject(found)) {
    return {
      path,
      rows: Object.entries(found).map(([row, cells]) => [
        row,
        isJsonObject(cells) ? Object.entries(cells) : [['', cells]],
      ]),
    };
  }
  if (rows === undefined || columns === undefined) {
    throw new NodeError(
      `"${path}" of a member of input "${input}" is no mapping of mappings: its "rows" and "columns" must say where their names are.`,
    );
  }
  const namesAt = (list: string): readonly string[] => {
    const names = valueAt(value, list);
    if (Array.isArray(names)) return names.map(nameOf);
    throw new NodeError(
      `"${list}" of a member of input "${input}" is no list of names.`,
    );
  };
  const [rowNames, columnNames] = [namesAt(rows), namesAt(columns)];
  const matrix = Array.isArray(found) ? (found as readonly Json[]) : [];
  if (
    matrix.length !== rowNames.length ||
    !matrix.every(
      (row) => Array.isArray(row) && row.length === columnNames.length,
    )
  ) {
    throw new NodeError(
      `"${path}" of a member of input "${input}" is no matrix with a row for each of the ${rowNames.length} names of "${rows}" and a column for each of the ${columnNames.length} of "${columns}".`,
    );
  }
  return {
    path,
    rows: matrix.map((row, i) => [
      rowNames[i] ?? '',
      (row as readonly Json[]).map((cell, j) => [columnNames[j] ?? '', cell]),
    ]),
  };
}

const nameOf = (item: Json): string =>
  typeof item === 'string' ? item : JSON.stringify(item);
