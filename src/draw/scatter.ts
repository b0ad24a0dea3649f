import type { JsonObject } from '../util/json.ts';
import type { Estimate, Scatter } from './drawing.ts';
import { NAME_SIZE, placeNames } from './place-names.ts';
import { axisOf, extentOf, type Extent } from './sides.ts';
import { COLOURS, INK } from './theme.ts';

const PAGE = { width: 540, height: 380 } as const;
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
    ...{ left: null, right: null, low: null, high: null },
    ...intervalOn(alongX, point.x, ['left', 'right']),
    ...intervalOn(alongY, point.y, ['low', 'high']),
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

/** The ends of an interval under two names, as far as they are shown; nothing where there is none. */
const intervalOn = <K extends string>(
  along: Extent,
  { interval }: Estimate,
  [lower, upper]: readonly [K, K],
): { readonly [Name in K]?: number } =>
  (interval === null
    ? {}
    : {
        [lower]: along.end(interval.lower),
        [upper]: along.end(interval.upper),
      }) as { readonly [Name in K]?: number };
