import type { JsonObject } from '../util/json.ts';
import type { Side } from './drawing.ts';

/** A field of numbers along one side; all fields of a side are to have the same one. */
export const axisOf = (
  { title, format, scale }: Side,
  field: string,
  domain?: readonly [number, number],
): JsonObject => ({
  field,
  type: 'quantitative',
  title,
  scale: {
    type: scale,
    zero: false,
    nice: domain === undefined && scale === 'linear',
    ...(domain && { domain }),
  },
  axis: {
    tickCount: 6,
    // Of logarithms there would be a line for each digit.
    grid: scale === 'linear',
    ...(format === 'percent' && { format: '~%' }),
  },
});

/** Whether a side has a place for a number. */
export const isOn = ({ scale }: Side, number: number): boolean =>
  scale === 'linear' || number > 0;
