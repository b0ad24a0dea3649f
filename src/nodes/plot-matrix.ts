import { NodeError } from '../kind/kind.ts';
import type { Json, JsonObject } from '../util/json.ts';
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
  ({ value, rows, columns }: MatrixParams): PartsOf =>
  ({ artifact }, input) => {
    const at = (path: string): Json | undefined =>
      valueAt(artifact.value as unknown as JsonObject, path);
    const names = (path: string): readonly string[] => {
      const found = at(path);
      if (Array.isArray(found)) return found.map(nameOf);
      throw new NodeError(
        `"${path}" of a member of input "${input}" is no list of names.`,
      );
    };
    const [rowNames, columnNames] = [names(rows), names(columns)];
    const matrix = at(value.value);
    const cells = Array.isArray(matrix) ? matrix : null;
    if (
      cells?.length !== rowNames.length ||
      !cells.every(
        (row) => Array.isArray(row) && row.length === columnNames.length,
      )
    ) {
      throw new NodeError(
        `"${value.value}" of a member of input "${input}" is no matrix with a row for each of the ${rowNames.length} names of "${rows}" and a column for each of the ${columnNames.length} of "${columns}".`,
      );
    }
    return cells.flatMap((row: Json, i) =>
      (row as readonly Json[]).flatMap((cell, j): [string, number][] =>
        typeof cell === 'number'
          ? [[placeOf(rowNames[i] ?? '', columnNames[j] ?? ''), cell]]
          : [],
      ),
    );
  };

const nameOf = (item: Json): string =>
  typeof item === 'string' ? item : JSON.stringify(item);
