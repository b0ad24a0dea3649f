/** A residual network in plain float64 loops, written from its definition; nothing of it is fast. */

/** `[batch][row][column][channel]` */
export type Maps = number[][][][];

/** Named arrays, flat and row-major: filters `[rows, columns, in, out]`. */
export type Arrays = Readonly<Record<string, readonly number[]>>;

export interface PlainResnet {
  readonly stem: {
    readonly width: number;
    readonly stride: number;
    readonly size?: number;
    readonly pool?: boolean;
  };
  readonly bottleneck?: boolean;
  readonly widths: readonly number[];
  readonly strides: readonly number[];
  readonly blocks: readonly number[];
}

/** What batch norm saw: by name, for the running statistics. */
export interface Seen {
  readonly mean: number[];
  /** Biased. */
  readonly variance: number[];
  readonly count: number;
}

/** Convolution with `padding` zeros on each side. */
export function convolutionLoops(
  input: Maps,
  filter: readonly number[],
  size: number,
  to: number,
  stride: number,
  padding: number,
): Maps {
  const rows = input[0]!.length;
  const columns = input[0]![0]!.length;
  const from = input[0]![0]![0]!.length;
  const length = (whole: number): number =>
    Math.floor((whole + 2 * padding - size) / stride) + 1;
  return input.map((image) =>
    Array.from({ length: length(rows) }, (_, i) =>
      Array.from({ length: length(columns) }, (_, j) =>
        Array.from({ length: to }, (_, out) => {
          let sum = 0;
          for (let di = 0; di < size; di++) {
            for (let dj = 0; dj < size; dj++) {
              const pixel =
                image[i * stride + di - padding]?.[j * stride + dj - padding];
              if (pixel === undefined) continue;
              for (let c = 0; c < from; c++) {
                const at = ((di * size + dj) * from + c) * to + out;
                sum += pixel[c]! * filter[at]!;
              }
            }
          }
          return sum;
        }),
      ),
    ),
  );
}

const mapEach = (
  maps: Maps,
  f: (
    value: number,
    channel: number,
    n: number,
    i: number,
    j: number,
  ) => number,
): Maps =>
  maps.map((image, n) =>
    image.map((row, i) =>
      row.map((pixel, j) => pixel.map((value, c) => f(value, c, n, i, j))),
    ),
  );

const relu = (maps: Maps): Maps => mapEach(maps, (value) => Math.max(value, 0));

/** The largest of 3×3 places with stride 2; those outside of the image don't count. */
const largestOfNine = (maps: Maps): Maps =>
  maps.map((image) =>
    Array.from({ length: Math.floor((image.length - 1) / 2) + 1 }, (_, i) =>
      Array.from(
        { length: Math.floor((image[0]!.length - 1) / 2) + 1 },
        (__, j) =>
          image[0]![0]!.map((___, c) => {
            let largest = -Infinity;
            for (let di = -1; di <= 1; di++) {
              for (let dj = -1; dj <= 1; dj++) {
                const value = image[2 * i + di]?.[2 * j + dj]?.[c];
                if (value !== undefined) largest = Math.max(largest, value);
              }
            }
            return largest;
          }),
      ),
    ),
  );

/** Mean and biased variance of each channel over batch, rows and columns. */
export function channelStatistics(maps: Maps): Seen {
  const pixels = maps.flat(2);
  const count = pixels.length;
  const mean = pixels[0]!.map(
    (_, c) => pixels.reduce((total, pixel) => total + pixel[c]!, 0) / count,
  );
  const variance = mean.map(
    (center, c) =>
      pixels.reduce((total, pixel) => total + (pixel[c]! - center) ** 2, 0) /
      count,
  );
  return { mean, variance, count };
}

export interface PlainForward {
  /** Layer -> its activations: `stem`, `block-1`, … */
  readonly maps: Readonly<Record<string, Maps>>;
  /** `[batch][features]` */
  readonly pool: number[][];
  /** Batch norm -> what it saw. */
  readonly seen: ReadonlyMap<string, Seen>;
}

/** The body of the network; in training mode batch norm uses the batch, else the running statistics. */
export function resnetLoops(
  net: PlainResnet,
  weights: Arrays,
  images: Maps,
  training: boolean,
): PlainForward {
  const seen = new Map<string, Seen>();
  const maps: Record<string, Maps> = {};
  const get = (name: string): readonly number[] => weights[name]!;
  const norm = (name: string, input: Maps): Maps => {
    const batch = channelStatistics(input);
    seen.set(name, batch);
    const mean = training ? batch.mean : get(`${name}/mean`);
    const variance = training ? batch.variance : get(`${name}/variance`);
    return mapEach(
      input,
      (value, c) =>
        ((value - mean[c]!) / Math.sqrt(variance[c]! + 1e-5)) *
          get(`${name}/gamma`)[c]! +
        get(`${name}/beta`)[c]!,
    );
  };
  const conv = (
    name: string,
    input: Maps,
    size: number,
    to: number,
    stride: number,
  ): Maps =>
    convolutionLoops(
      input,
      get(`${name}/filter`),
      size,
      to,
      stride,
      (size - 1) / 2,
    );

  let x = relu(
    norm(
      'stem/norm',
      conv(
        'stem/conv',
        images,
        net.stem.size ?? 3,
        net.stem.width,
        net.stem.stride,
      ),
    ),
  );
  if (net.stem.pool === true) x = largestOfNine(x);
  maps['stem'] = x;
  let number = 0;
  let from = net.stem.width;
  net.widths.forEach((to, group) => {
    for (let index = 0; index < net.blocks[group]!; index++) {
      number += 1;
      const name = `block-${number}`;
      const stride = index === 0 ? net.strides[group]! : 1;
      const shortcut =
        from === to && stride === 1
          ? x
          : norm(
              `${name}/shortcut-norm`,
              conv(`${name}/shortcut-conv`, x, 1, to, stride),
            );
      const layer = (
        part: number,
        input: Maps,
        size: number,
        channels: number,
        step: number,
      ): Maps =>
        norm(
          `${name}/norm-${part}`,
          conv(`${name}/conv-${part}`, input, size, channels, step),
        );
      const narrow = to / 4;
      const outer =
        net.bottleneck === true
          ? layer(
              3,
              relu(
                layer(2, relu(layer(1, x, 1, narrow, 1)), 3, narrow, stride),
              ),
              1,
              to,
              1,
            )
          : layer(2, relu(layer(1, x, 3, to, stride)), 3, to, 1);
      x = relu(
        mapEach(outer, (value, c, n, i, j) => value + shortcut[n]![i]![j]![c]!),
      );
      maps[name] = x;
      from = to;
    }
  });
  const pool = x.map((image) => {
    const pixels = image.flat();
    return pixels[0]!.map(
      (_, c) =>
        pixels.reduce((total, pixel) => total + pixel[c]!, 0) / pixels.length,
    );
  });
  return { maps, pool, seen };
}
