/** An image as nested lists: `[row][column][channel]`. */
export type PlainImage = readonly (readonly (readonly number[])[])[];

const mapPixels = (
  image: PlainImage,
  make: (row: number, column: number, channel: number) => number,
): PlainImage =>
  image.map((line, row) =>
    line.map((pixel, column) =>
      pixel.map((_, channel) => make(row, column, channel)),
    ),
  );

const at = (image: PlainImage, row: number, column: number, channel: number) =>
  image[row]?.[column]?.[channel];

const channelOf = (image: PlainImage, channel: number): number[] =>
  image.flatMap((line) => line.map((pixel) => pixel[channel]!));

const cut = (value: number): number =>
  Math.floor(Math.min(255, Math.max(0, value)));

/** Each value through a function of itself. */
export const tonesLoops = (
  image: PlainImage,
  of: (value: number) => number,
): PlainImage => mapPixels(image, (r, c, k) => of(at(image, r, c, k)!));

/** Each channel stretched to 0 … 255; with `together`, all by the same factor. */
export const autoContrastLoops = (
  image: PlainImage,
  { together = false } = {},
): PlainImage =>
  mapPixels(image, (r, c, k) => {
    const values = together ? image.flat(2) : channelOf(image, k);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const value = at(image, r, c, k)!;
    return most === least
      ? value
      : cut(((value - least) * 255) / (most - least));
  });

/** By counting the darker pixels. Wrong turns: `lastIn` has those of the greatest value in the step; without half a step. */
export const equalizeLoops = (
  image: PlainImage,
  { lastIn = false, half = true } = {},
): PlainImage =>
  mapPixels(image, (r, c, k) => {
    const values = channelOf(image, k);
    const most = Math.max(...values);
    const last = lastIn ? 0 : values.filter((value) => value === most).length;
    const step = Math.floor((values.length - last) / 255);
    const value = at(image, r, c, k)!;
    if (step === 0) return value;
    const darker = values.filter((other) => other < value).length;
    return cut(((half ? Math.floor(step / 2) : 0) + darker) / step);
  });

/** `poor + factor · (image − poor)`. */
export const blendLoops = (
  image: PlainImage,
  poor: PlainImage,
  factor: number,
): PlainImage =>
  mapPixels(image, (r, c, k) => {
    const from = at(poor, r, c, k)!;
    return cut(from + factor * (at(image, r, c, k)! - from) + 1e-6);
  });

/** Brightness of each pixel in all of its channels; with `weighted: false`, the mean of red, green and blue. */
export const greyLoops = (
  image: PlainImage,
  { weighted = true } = {},
): PlainImage =>
  image.map((line) =>
    line.map((pixel) => {
      const [red, green, blue] = pixel as readonly [number, number, number];
      const bright = weighted
        ? (19595 * red + 38470 * green + 7471 * blue) / 65536
        : (red + green + blue) / 3;
      return pixel.map(() => Math.round(bright));
    }),
  );

/** The mean of 3 × 3 around each inner pixel; the middle counts `middle` times. */
export const smoothLoops = (image: PlainImage, middle = 5): PlainImage =>
  mapPixels(image, (r, c, k) => {
    const inner =
      r > 0 && c > 0 && r < image.length - 1 && c < image[0]!.length - 1;
    if (!inner) return at(image, r, c, k)!;
    let sum = (middle - 1) * at(image, r, c, k)!;
    for (let dr = -1; dr <= 1; dr++)
      for (let dc = -1; dc <= 1; dc++) sum += at(image, r + dr, c + dc, k)!;
    return Math.round(sum / (8 + middle));
  });

/** Each pixel from the one in which the point falls that its middle is taken to. */
export const movedLoops = (
  image: PlainImage,
  fill: readonly number[],
  from: (x: number, y: number) => readonly [number, number],
): PlainImage =>
  mapPixels(image, (row, column, channel) => {
    const [x, y] = from(column + 0.5, row + 0.5);
    return at(image, Math.floor(y), Math.floor(x), channel) ?? fill[channel]!;
  });
