import { SVG_ARRAY, type FigureField } from '../artifact/figure.ts';
import type { Drawing, Side } from '../draw/drawing.ts';
import { extentOf } from '../draw/sides.ts';
import { defineKind, many, NodeError } from '../kind/kind.ts';
import { rankCorrelation } from '../ops/statistics/rank-correlation.ts';
import { ndArray } from '../tensor/nd-array.ts';
import { unreachable } from '../util/unreachable.ts';
import {
  entriesAt,
  measure,
  type Measured,
  type Measures,
} from './plot-data.ts';
import { cellsOf, rowAndColumn } from './plot-matrix.ts';
import {
  plotParams,
  type FigureParams,
  type PlotParams,
  type QuantityParams,
} from './plot-params.ts';
import { axisList, compareNames, type TableInputs } from './table-columns.ts';

/** A picture of collected results, with its data. */
export const plot = defineKind({
  name: 'plot',
  version: 2,
  summary:
    'A figure of collected results as SVG, with its data: points against each other, lines over layers or settings, matrices; means with intervals over seeds.',
  params: plotParams,
  inputs: {},
  openInputs: many(
    ['score', 'model', 'predictions'],
    'Results to draw; collected ([seed=*]) or one by one.',
  ),
  output: 'figure',
  facts: { compares: ({ figure }) => comparedAxis(figure) },
  async run(context) {
    const { params } = context;
    // The slots are the user's (`openInputs`): the type of `inputs` knows none of them.
    const inputs = context.inputs as TableInputs;
    const { drawing, columns, rows } = figureOf(inputs, params);
    if (rows.length === 0) {
      throw new NodeError('There is nothing to draw: no member has a number.');
    }
    checkLogarithms(drawing);
    const { drawFigure } = await import('../draw/draw-figure.ts');
    const svg = Buffer.from(await drawFigure(drawing));
    const { title, notes } = drawing;
    return {
      type: 'figure',
      value: { title, notes, columns, rows },
      arrays: {
        [SVG_ARRAY]: ndArray('uint8', [svg.length], new Uint8Array(svg)),
      },
    };
  },
});

/** The axis whose values are drawn apart. */
function comparedAxis(figure: FigureParams): string | null {
  switch (figure.type) {
    case 'scatter':
      return figure.points;
    case 'lines':
      return figure.lines ?? null;
    case 'matrix':
      return figure.panels ?? null;
    default:
      return unreachable(figure);
  }
}

/** What is drawn, and the data of it. */
interface Figure {
  readonly drawing: Drawing;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly FigureField[])[];
}

function figureOf(inputs: TableInputs, params: PlotParams): Figure {
  const { figure } = params;
  switch (figure.type) {
    case 'scatter':
      return scatterOf(figure, inputs, params);
    case 'lines':
      return linesOf(figure, inputs, params);
    case 'matrix':
      return matrixOf(figure, inputs, params);
    default:
      return unreachable(figure);
  }
}

type Variant<T extends FigureParams['type']> = Extract<
  FigureParams,
  { type: T }
>;

function scatterOf(
  figure: Variant<'scatter'>,
  inputs: TableInputs,
  params: PlotParams,
): Figure {
  const apart = figure.points;
  const read = (quantity: QuantityParams): ReadonlyMap<string, Measured> =>
    measure(quantity, inputs, params, { apart, split: { type: 'none' } }).get(
      '',
    ) ?? new Map<string, Measured>();
  const [xs, ys] = [read(figure.x), read(figure.y)];
  const points = ordered([...xs.keys()], params).flatMap((name) => {
    const [x, y] = [xs.get(name), ys.get(name)];
    return x === undefined || y === undefined ? [] : [{ name, x, y }];
  });
  const [x, y] = [sideOf(figure.x), sideOf(figure.y)];
  const rank = rankCorrelation(
    points.map((point) => point.x.mean),
    points.map((point) => point.y.mean),
    params.confidence,
  );
  const measured = points.flatMap((point) => [point.x, point.y]);
  const isCut =
    extentOf(
      x,
      points.map((point) => point.x),
    ).isCut ||
    extentOf(
      y,
      points.map((point) => point.y),
    ).isCut;
  const notes = [noteOf(measured, params, 'lines', isCut)];
  if (rank.value !== null) {
    const { value, interval } = rank;
    const within =
      interval === null
        ? ''
        : ` [${signed(interval.lower)}, ${signed(interval.upper)}]`;
    notes.push(`Spearman ${signed(value)}${within}, ${points.length} points.`);
  }
  return {
    drawing: {
      ...{ type: 'scatter', x, y, points, title: params.title },
      notes,
    },
    columns: [apart, ...estimateColumns(x.title), ...estimateColumns(y.title)],
    rows: points.map((point) => [
      point.name,
      ...estimateFields(point.x),
      ...estimateFields(point.y),
    ]),
  };
}

function linesOf(
  figure: Variant<'lines'>,
  inputs: TableInputs,
  params: PlotParams,
): Figure {
  const { axis } = figure.x;
  const measures = measure(figure.y, inputs, params, {
    apart: figure.lines,
    split:
      axis === undefined
        ? { type: 'parts', partsOf: entriesAt(figure.y.value) }
        : { type: 'axis', axis },
  });
  // Entries stand in their own order, values of an axis by size.
  const found = [...measures.keys()];
  const named = axis === undefined ? found : found.sort(compareNames);
  const isNumeric = named.every((place) => Number.isFinite(Number(place)));
  const places = isNumeric ? inRange(named.map(Number), figure.x.range) : named;
  if (figure.x.range !== undefined && (axis !== undefined || !isNumeric)) {
    throw new NodeError(
      '"range" of "x" is of a list of numbers, which stand in equal bins; what is along "x" here has names or values of its own.',
    );
  }
  const names = namesOf(measures, params);
  const points = names.flatMap((name) =>
    named.flatMap((place, at) => {
      const y = measures.get(place)?.get(name);
      return y === undefined ? [] : [{ name, place: places[at] ?? place, y }];
    }),
  );
  const x: Side = {
    title: figure.x.title ?? axis ?? '',
    format: 'number',
    scale: figure.x.scale,
  };
  const y = sideOf(figure.y);
  const estimates = points.map((point) => point.y);
  return {
    drawing: {
      ...{ type: 'lines', x, y, names, places, points, title: params.title },
      notes: [noteOf(estimates, params, 'bands', extentOf(y, estimates).isCut)],
    },
    columns: [
      figure.lines ?? 'line',
      x.title === '' ? 'x' : x.title,
      ...estimateColumns(y.title),
    ],
    rows: points.map((point) => [
      point.name,
      point.place,
      ...estimateFields(point.y),
    ]),
  };
}

function matrixOf(
  figure: Variant<'matrix'>,
  inputs: TableInputs,
  params: PlotParams,
): Figure {
  const measures = measure(figure.value, inputs, params, {
    apart: figure.panels,
    split: { type: 'parts', partsOf: cellsOf(figure) },
  });
  const panels = namesOf(measures, params);
  const places = [...measures].map(([place, byPanel]) => {
    const [row, column] = rowAndColumn(place);
    return { row, column, byPanel };
  });
  const cells = panels.flatMap((panel) =>
    places.flatMap(({ row, column, byPanel }) => {
      const measured = byPanel.get(panel);
      return measured === undefined ? [] : [{ panel, row, column, measured }];
    }),
  );
  const means = cells.map(({ measured }) => measured.mean);
  const [low = Math.min(...means), high = Math.max(...means)] =
    figure.range ?? [];
  const value = sideOf(figure.value);
  return {
    drawing: {
      ...{ type: 'matrix', value, range: [low, high], panels },
      rowTitle: figure['row-title'],
      columnTitle: figure['column-title'],
      rows: firstOf(params.order, new Set(places.map(({ row }) => row))),
      columns: firstOf(
        params.order,
        new Set(places.map(({ column }) => column)),
      ),
      cells: cells.map(({ measured, ...cell }) => ({
        ...cell,
        mean: measured.mean,
      })),
      title: params.title,
      notes: [
        noteOf(
          cells.map(({ measured }) => measured),
          params,
          null,
        ),
      ],
    },
    columns: [
      figure.panels ?? 'panel',
      ...['row', 'column'],
      ...estimateColumns(value.title),
    ],
    rows: cells.map(({ panel, row, column, measured }) => [
      ...[panel, row, column],
      ...estimateFields(measured),
    ]),
  };
}

/** The middles of equal bins, which are counted from 1; as they are where there is no range. */
function inRange(
  bins: readonly number[],
  range: readonly number[] | undefined,
): readonly number[] {
  const [low, high] = range ?? [];
  if (low === undefined || high === undefined) return bins;
  return bins.map((bin) => low + ((high - low) * (bin - 0.5)) / bins.length);
}

const namesOf = (measures: Measures, params: PlotParams): string[] =>
  ordered(
    [...measures.values()].flatMap((byName) => [...byName.keys()]),
    params,
  );

const ordered = (names: readonly string[], { order }: PlotParams): string[] =>
  firstOf(order, new Set([...names].sort(compareNames)));

/** Those first that are named in an order. */
function firstOf(
  order: readonly string[],
  names: ReadonlySet<string>,
): string[] {
  const first = order.filter((name) => names.has(name));
  return [...first, ...[...names].filter((name) => !first.includes(name))];
}

const sideOf = ({ title, value, format, scale }: QuantityParams): Side => ({
  title: title ?? value,
  format,
  scale,
});

const estimateColumns = (title: string): string[] => [
  ...[title, `${title} lower`, `${title} upper`, `${title} n`],
];

const estimateFields = ({ mean, interval, count }: Measured): FigureField[] => [
  ...[mean, interval?.lower ?? null, interval?.upper ?? null, count],
];

/** What is drawn: `Mean over seed, n = 3; lines: 95 % interval.` */
function noteOf(
  measured: readonly Measured[],
  { replicates, confidence }: PlotParams,
  intervals: 'lines' | 'bands' | null,
  isCut = false,
): string {
  const counts = measured.map(({ count }) => count);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most < 2) return 'One replicate, no intervals.';
  const n = least === most ? String(least) : `${least} to ${most}`;
  const shown =
    intervals === null
      ? ''
      : `; ${intervals}: ${Number((100 * confidence).toPrecision(4))} % interval${isCut ? ', cut off at the edge' : ''}`;
  return `Mean over ${axisList(replicates).join(', ')}, n = ${n}${shown}.`;
}

const signed = (value: number): string =>
  value.toFixed(2).replace('-', '\u2212');

/** @throws {NodeError} if a side with logarithms has numbers that have none. */
function checkLogarithms(drawing: Drawing): void {
  const refuse = (side: Side, numbers: readonly number[]): void => {
    const bad = numbers.find((number) => !(number > 0));
    if (side.scale === 'linear' || bad === undefined) return;
    throw new NodeError(
      `"${side.title}" is ${bad} at a point, which has no place on a "log" scale: leave the point out, or take "linear".`,
    );
  };
  switch (drawing.type) {
    case 'scatter':
      refuse(
        drawing.x,
        drawing.points.map(({ x }) => x.mean),
      );
      refuse(
        drawing.y,
        drawing.points.map(({ y }) => y.mean),
      );
      return;
    case 'lines':
      refuse(
        drawing.x,
        drawing.places.map((place) => (typeof place === 'number' ? place : 1)),
      );
      refuse(
        drawing.y,
        drawing.points.map(({ y }) => y.mean),
      );
      return;
    case 'matrix':
      refuse(
        drawing.value,
        drawing.cells.map(({ mean }) => mean),
      );
  }
}
