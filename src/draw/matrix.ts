import type { JsonObject } from '../util/json.ts';
import type { Matrix } from './drawing.ts';

/** Sides of a square that holds a number, and of one without. */
const STEP = 32;
const SMALL_STEP = 14;
/** Larger matrices have no numbers in their squares. */
const MAX_NUMBERED = 12;
const PANELS_A_LINE = 3;
const PANEL_TITLE = { fontSize: 13, fontWeight: 400, offset: 6 } as const;
/** Not the colours of ink and page: these stay what they are on a dark page. */
const ON_LIGHT = '#101010';
const ON_DARK = '#f8f8f8';

/** A picture of one matrix a panel. */
export function matrixSpec(matrix: Matrix): JsonObject {
  const { rows, columns, panels, value, range } = matrix;
  const isNumbered = Math.max(rows.length, columns.length) <= MAX_NUMBERED;
  const step = isNumbered ? STEP : SMALL_STEP;
  const [low, high] = range;
  const values = matrix.cells.map(({ panel, row, column, mean }) => ({
    panel,
    row,
    column,
    mean,
    text: shortText(mean, value.format),
    isLight: mean - low > 0.6 * (high - low),
  }));
  const side = (
    field: string,
    title: string,
    sort: readonly string[],
    axis: JsonObject,
  ): JsonObject => ({
    field,
    type: 'ordinal',
    title,
    sort,
    axis: {
      ticks: false,
      domain: false,
      grid: false,
      labelLimit: 160,
      ...axis,
    },
  });
  const squares: JsonObject = {
    mark: { type: 'rect', invalid: null },
    encoding: {
      color: {
        field: 'mean',
        type: 'quantitative',
        title: value.title,
        scale: { scheme: 'viridis', domain: range, clamp: true },
        legend: {
          gradientLength: 160,
          ...(value.format === 'percent' && { format: '~%' }),
        },
      },
    },
  };
  const numbersOn = (isLight: boolean): JsonObject => ({
    transform: [{ filter: { field: 'isLight', equal: isLight } }],
    mark: {
      ...{ type: 'text', fontSize: 11, invalid: null },
      color: isLight ? ON_LIGHT : ON_DARK,
    },
    encoding: { text: { field: 'text' } },
  });
  const panelWith = (titles: {
    readonly hasRowTitle: boolean;
    readonly hasColumnTitle: boolean;
  }): JsonObject => ({
    width: { step },
    height: { step },
    encoding: {
      x: side(
        'column',
        titles.hasColumnTitle ? matrix.columnTitle : '',
        columns,
        {
          labelAngle: -45,
        },
      ),
      y: side(
        'row',
        titles.hasRowTitle ? matrix.rowTitle : '',
        rows.toReversed(),
        {},
      ),
    },
    layer: [
      squares,
      ...(isNumbered ? [numbersOn(true), numbersOn(false)] : []),
    ],
  });
  const dataOf = (name: string): JsonObject => ({
    data: { values: values.filter((cell) => cell.panel === name) },
  });
  const [first = '', ...others] = panels;
  return others.length === 0
    ? {
        ...dataOf(first),
        ...panelWith({ hasRowTitle: true, hasColumnTitle: true }),
      }
    : {
        columns: PANELS_A_LINE,
        spacing: 24,
        concat: panels.map((name, at) => ({
          ...dataOf(name),
          ...panelWith({
            hasRowTitle: at % PANELS_A_LINE === 0,
            hasColumnTitle:
              at >=
              panels.length - (panels.length % PANELS_A_LINE || PANELS_A_LINE),
          }),
          title: { text: name, ...PANEL_TITLE },
        })),
      };
}

/** `.83`, `1.0`, `−.12`; percent without its sign: squares are small. */
const shortText = (mean: number, format: 'number' | 'percent'): string =>
  format === 'percent'
    ? (100 * mean).toFixed(0)
    : mean.toFixed(2).replace(/^(-?)0\./, '$1.');
