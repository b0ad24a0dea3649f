/** A number or name of the data behind a figure; null where there is none. */
export type FigureField = string | number | null;

/** The data that a figure shows. Array: `svg` uint8 `[bytes]`, the picture as UTF-8 text. */
export interface FigureValue {
  readonly title: string;
  /** What its points and intervals are: sentences, a line each. */
  readonly notes: readonly string[];
  readonly columns: readonly string[];
  /** `rows[row][column]`. Numbers have all their digits and are never scaled. */
  readonly rows: readonly (readonly FigureField[])[];
}

/** Name of the array with the picture. */
export const SVG_ARRAY = 'svg';
