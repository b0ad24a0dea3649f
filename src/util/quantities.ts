const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
const MINUTE_MS = 60_000;
const MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: MINUTE_MS,
  h: 60 * MINUTE_MS,
  d: 24 * 60 * MINUTE_MS,
  w: 7 * 24 * 60 * MINUTE_MS,
};

/** A number and its unit, multiplied; undefined where the text is something else. */
function parse(
  text: string,
  units: Readonly<Record<string, number>>,
): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text) ?? [];
  const name = unit.toLowerCase();
  const factor = Object.hasOwn(units, name) ? units[name] : undefined;
  return number === undefined || factor === undefined
    ? undefined
    : Number(number) * factor;
}

/** `2GiB`, `500 MB`, `1.5TiB` in bytes; undefined where the text is no size. */
export const parseBytes = (text: string): number | undefined => {
  const bytes = parse(text, BYTES);
  return bytes === undefined ? undefined : Math.round(bytes);
};

/** `30d`, `12h`, `90m`, `45s`, `2w` in milliseconds; undefined where the text is no span of time. */
export const parseSpanMs = (text: string): number | undefined =>
  parse(text, MS);

/** `812 B`, `3.4 MiB`, `1.0 GiB`. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 'B'];
  for (const larger of ['KiB', 'MiB', 'GiB', 'TiB']) {
    // What would be rounded to 1024 is one of the next unit.
    if (value < 1023.95) break;
    [value, unit] = [value / 1024, larger];
  }
  return `${unit === 'B' ? value : value.toFixed(1)} ${unit}`;
}

/** `3 min`, `5 h`, `12 d`: a span of time by its largest unit, at least a minute. */
export function formatAge(ms: number): string {
  const minutes = Math.max(1, Math.floor(ms / MINUTE_MS));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** `0.5 s`, `45 s`, `90 min`, `2 h`: a span of time in the largest unit that it is a whole number of. */
export function formatSpan(ms: number): string {
  const seconds = ms / 1000;
  if (seconds % 3600 === 0 && seconds > 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 && seconds > 0
    ? `${seconds / 60} min`
    : `${seconds} s`;
}
