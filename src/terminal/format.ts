import { groupDigits } from '../util/group-digits.ts';

/** `0.9 s` below a minute, `1:52` below an hour, `2:03:09` above. */
export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return formatClock(seconds);
}

/** `0:31`, `12:05`, `2:03:09`: for times that tick. */
export function formatClock(seconds: number): string {
  const whole = Math.floor(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0
    ? `${hours}:${pad(minutes)}:${pad(whole % 60)}`
    : `${minutes}:${pad(whole % 60)}`;
}

/** `about 40 s left`, `about 6 min left`, `about 2 h 10 min left`. */
export function formatRemaining(seconds: number): string {
  if (seconds < 55) {
    return `about ${Math.max(5, Math.round(seconds / 5) * 5)} s left`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${Math.max(1, minutes)} min left`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** `1,070`. */
export const formatCount = (value: number): string =>
  groupDigits(Math.round(value));

/** `1 node`, `3 nodes`. */
export const plural = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Cuts a text to `width` columns, with an ellipsis where something is missing. */
export const truncate = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** `left` and `right` at the two ends of a line of `width` columns; `left` gives way. */
export function justify(left: string, right: string, width: number): string {
  const room = width - right.length - 1;
  return `${truncate(left, room).padEnd(room)} ${right}`;
}
