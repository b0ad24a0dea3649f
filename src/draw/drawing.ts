import type { Interval } from '../util/interval.ts';

/** A number with its interval over replicates; null for fewer than two of them. */
export interface Estimate {
  readonly mean: number;
  readonly interval: Interval | null;
}

/** What stands along one side of a picture. */
export interface Side {
  readonly title: string;
  readonly format: 'number' | 'percent';
  readonly scale: 'linear' | 'log';
}

/** Points that bear their names, with intervals both ways. */
export interface Scatter {
  readonly type: 'scatter';
  readonly x: Side;
  readonly y: Side;
  readonly points: readonly {
    readonly name: string;
    readonly x: Estimate;
    readonly y: Estimate;
  }[];
}

/** A line for each name, with the band of its intervals. */
export interface Lines {
  readonly type: 'lines';
  readonly x: Side;
  readonly y: Side;
  /** Names of the lines in the order of their legend; one line has none. */
  readonly names: readonly string[];
  /** Places along x in their order: numbers, or names that stand at equal distances. */
  readonly places: readonly (number | string)[];
  readonly points: readonly {
    readonly name: string;
    readonly place: number | string;
    readonly y: Estimate;
  }[];
}

/** Coloured squares with their numbers, a panel for each name; the first row is at the bottom. */
export interface Matrix {
  readonly type: 'matrix';
  /** What the colours are. */
  readonly value: Side;
  /** Values at the ends of the colours. */
  readonly range: readonly [number, number];
  /** Names of the panels in their order; one panel has none. */
  readonly panels: readonly string[];
  readonly rowTitle: string;
  readonly columnTitle: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly {
    readonly panel: string;
    readonly row: string;
    readonly column: string;
    readonly mean: number;
  }[];
}

/** What can be drawn: data that know what they are, and nothing of how they look. */
export type Drawing = (Scatter | Lines | Matrix) & {
  readonly title: string;
  /** Sentences below the title, a line each. */
  readonly notes: readonly string[];
};
