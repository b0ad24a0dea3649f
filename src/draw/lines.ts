import type { JsonObject } from '../util/json.ts';
import type { Lines, Side } from './drawing.ts';
import { axisOf, extentOf } from './sides.ts';
import { COLOURS, DASHES, repeated, SHAPES } from './theme.ts';

/** Longer lines have no marks at their points. */
const MAX_MARKED = 24;
/** Longer names along x are slanted. */
const MAX_LEVEL = 9;

/** More places have ticks of their own making. */
const MAX_NAMED = 8;

/** A side of numbers. Few ones on a side with logarithms are its ticks: there others would be crowded and odd. */
function acrossNumbers(x: Side, places: readonly number[]): JsonObject {
  const across = axisOf(x, 'x');
  if (x.scale === 'linear') return across;
  const { scale, axis } = across as Readonly<Record<string, JsonObject>>;
  return {
    ...across,
    scale: { ...scale, padding: 12 },
    axis:
      places.length > MAX_NAMED
        ? { ...axis }
        : { ...axis, values: places, format: '~g', labelOverlap: false },
  };
}

/** A picture of lines, told apart by colour, dash and mark. */
export function linesSpec({ x, y, names, places, points }: Lines): JsonObject {
  const extent = extentOf(
    y,
    points.map((point) => point.y),
  );
  const values = points.map(({ name, place, y: { mean, interval } }) => ({
    name,
    x: place,
    y: mean,
    low: interval && extent.end(interval.lower),
    high: interval && extent.end(interval.upper),
  }));
  const isLong = places.some((place) => String(place).length > MAX_LEVEL);
  const across: JsonObject = places.every(
    (place): place is number => typeof place === 'number',
  )
    ? acrossNumbers(x, places)
    : {
        field: 'x',
        type: 'ordinal',
        title: x.title,
        sort: places.map(String),
        scale: { padding: 0.3 },
        axis: { labelAngle: isLong ? -30 : 0, labelLimit: 240, grid: false },
      };
  const upwards = (field: string): JsonObject =>
    axisOf(y, field, extent.domain);
  const isMarked = places.length <= MAX_MARKED;
  const told = (range: readonly unknown[]): JsonObject =>
    ({
      field: 'name',
      type: 'nominal',
      title: null,
      scale: { domain: names, range },
      legend:
        names.length < 2
          ? null
          : // Else as pale as the bands. A dash around a mark would fray it.
            {
              symbolOpacity: 1,
              ...(isMarked
                ? { symbolStrokeWidth: 0 }
                : { symbolType: 'stroke', symbolSize: 400 }),
            },
    }) as JsonObject;
  const color = told(repeated(names, COLOURS));
  // Colours repeat first: then the dash tells lines of one colour apart.
  const strokeDash = told(repeated(names, DASHES, COLOURS.length));
  return {
    width: Math.max(
      420,
      x.scale === 'linear' ? 60 * Math.min(places.length, 10) : 0,
    ),
    height: 300,
    data: { values },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.low)' }],
        mark: { type: 'area', opacity: 0.14 },
        encoding: {
          x: across,
          y: upwards('low'),
          y2: { field: 'high' },
          color,
        },
      },
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x: across, y: upwards('y'), color, strokeDash },
      },
      ...(!isMarked
        ? []
        : [
            {
              mark: { type: 'point', filled: true, opacity: 1, size: 55 },
              encoding: {
                x: across,
                y: upwards('y'),
                color,
                shape: told(repeated(names, SHAPES)),
              },
            },
          ]),
    ],
  };
}
