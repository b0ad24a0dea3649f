import type { JsonObject } from '../util/json.ts';
import type { Estimate, Side } from './drawing.ts';

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

/** How far beyond the outermost means intervals are shown, as a share of the distance of those means. */
const FARTHEST = 0.5;
/** What is left free beyond the outermost numbers, as a share of the side. */
const MARGIN = 0.07;

/** From where to where a side goes. */
export interface Extent {
  readonly domain: readonly [number, number];
  /** Whether an interval goes on beyond what is shown. */
  readonly isCut: boolean;
  /** How far along the side a number is, 0 to 1. */
  shareOf(value: number): number;
  /** An end of an interval, brought to what is shown. */
  end(value: number): number;
}

/**
 * The part of a side that estimates take. Intervals of few replicates are many times wider than what they are about: those
 * end where the picture does, or means could not be told apart.
 */
export function extentOf(side: Side, estimates: readonly Estimate[]): Extent {
  const isLog = side.scale === 'log';
  const to = (value: number): number => (isLog ? Math.log(value) : value);
  const from = (value: number): number => (isLog ? Math.exp(value) : value);
  const means = estimates.map(({ mean }) => to(mean));
  const [first, last] = [least(means), greatest(means)];
  const beyond = FARTHEST * (last - first);
  const isLimited = last > first;
  const ends = estimates.flatMap(({ interval }) =>
    interval === null
      ? []
      : [interval.lower, interval.upper].map((end) =>
          isOn(side, end) ? to(end) : -Infinity,
        ),
  );
  const isShown = (end: number): boolean =>
    Number.isFinite(end) &&
    (!isLimited || (end >= first - beyond && end <= last + beyond));
  const shown = [
    ...means,
    ...ends.filter((end) => isShown(end)),
    ...(ends.some((end) => end < first - beyond) && isLimited
      ? [first - beyond]
      : []),
    ...(ends.some((end) => end > last + beyond) && isLimited
      ? [last + beyond]
      : []),
  ];
  const [low, high] = [least(shown), greatest(shown)];
  const margin = high > low ? MARGIN * (high - low) : 0.5;
  const [start, end] = [low - margin, high + margin];
  return {
    domain: [from(start), from(end)],
    isCut: !ends.every((value) => isShown(value)),
    shareOf: (value) => (to(value) - start) / (end - start),
    end: (value) =>
      !isOn(side, value) || to(value) < start
        ? from(start)
        : to(value) > end
          ? from(end)
          : value,
  };
}

// Not by spreading: a list of ten thousand numbers is too long for arguments.
const least = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.min(a, b), Infinity);
const greatest = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.max(a, b), -Infinity);
