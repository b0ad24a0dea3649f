import type { JsonObject } from '../util/json.ts';
import type { Estimate, Scatter, Side } from './drawing.ts';
import { NAME_SIZE, placeNames } from './place-names.ts';
import { axisOf, isOn } from './sides.ts';
import { COLOURS, INK } from './theme.ts';

const PAGE = { width: 540, height: 380 } as const;
/** What is left free beyond the outermost numbers, as a share of the side. */
const MARGIN = 0.07;
const RULE = { type: 'rule', color: COLOURS[6], strokeWidth: 1.25 } as const;

/** A picture of points that bear their names, with intervals both ways. */
export function scatterSpec({ x, y, points }: Scatter): JsonObject {
  const [alongX, alongY] = [
    extentOf(
      x,
      points.map((point) => point.x),
    ),
    extentOf(
      y,
      points.map((point) => point.y),
    ),
  ];
  const spans = points.map((point) => ({
    name: point.name,
    x: point.x.mean,
    y: point.y.mean,
    left: alongX.end(point.x.interval?.lower),
    right: alongX.end(point.x.interval?.upper),
    low: alongY.end(point.y.interval?.lower),
    high: alongY.end(point.y.interval?.upper),
  }));
  const pageX = (value: number): number => alongX.shareOf(value) * PAGE.width;
  const pageY = (value: number): number =>
    (1 - alongY.shareOf(value)) * PAGE.height;
  const names = placeNames(
    spans.map(({ name, x, y }) => ({ name, x: pageX(x), y: pageY(y) })),
    PAGE,
    spans.flatMap((span) => {
      const [x, y] = [pageX(span.x), pageY(span.y)];
      const [left, right] = [span.left, span.right].map((end) =>
        pageX(end ?? span.x),
      );
      const [bottom, top] = [span.low, span.high].map((end) =>
        pageY(end ?? span.y),
      );
      return [
        { left: left ?? x, right: right ?? x, top: y - 1, bottom: y + 1 },
        { left: x - 1, right: x + 1, top: top ?? y, bottom: bottom ?? y },
      ];
    }),
  );
  const values = spans.map((span, at) => ({
    ...span,
    nameX: names[at]?.x ?? 0,
    nameY: names[at]?.y ?? 0,
  }));
  const across = (field: string): JsonObject => axisOf(x, field, alongX.domain);
  const upwards = (field: string): JsonObject =>
    axisOf(y, field, alongY.domain);
  const onPage = (field: string): JsonObject => ({
    field,
    type: 'quantitative',
    scale: null,
    axis: null,
  });
  return {
    ...PAGE,
    data: { values },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.left)' }],
        mark: RULE,
        encoding: {
          x: across('left'),
          x2: { field: 'right' },
          y: upwards('y'),
        },
      },
      {
        transform: [{ filter: 'isValid(datum.low)' }],
        mark: RULE,
        encoding: { x: across('x'), y: upwards('low'), y2: { field: 'high' } },
      },
      {
        mark: { type: 'point', filled: true, opacity: 1, size: 70 },
        encoding: {
          x: across('x'),
          y: upwards('y'),
          color: { value: COLOURS[0] },
        },
      },
      {
        mark: { type: 'text', color: INK, fontSize: NAME_SIZE },
        encoding: {
          x: onPage('nameX'),
          y: onPage('nameY'),
          text: { field: 'name' },
        },
      },
    ],
  };
}

/** From where to where a side goes, and how far along it a number is. */
function extentOf(side: Side, estimates: readonly Estimate[]) {
  const isLog = side.scale === 'log';
  const to = (value: number): number => (isLog ? Math.log(value) : value);
  const from = (value: number): number => (isLog ? Math.exp(value) : value);
  const numbers = estimates
    .flatMap(({ mean, interval }) => [
      mean,
      interval?.lower ?? mean,
      interval?.upper ?? mean,
    ])
    .filter((number) => isOn(side, number))
    .map(to);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const margin = most > least ? MARGIN * (most - least) : 0.5;
  const [start, end] = [least - margin, most + margin];
  return {
    domain: [from(start), from(end)] as const,
    shareOf: (value: number): number => (to(value) - start) / (end - start),
    /** An end of an interval; where the side has no place for it, its own start. */
    end: (value: number | undefined): number | null =>
      value === undefined ? null : isOn(side, value) ? value : from(start),
  };
}
