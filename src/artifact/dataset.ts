/** Half-open range of examples: `[start, end)`. */
export interface SplitRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Labelled images. Arrays: `images` uint8 `[examples, rows, columns, channels]`, `labels` int32 `[examples]` in
 * `0 … classNames.length - 1`. Examples of one split are contiguous; splits are disjoint and in the order of `splits`.
 */
export interface DatasetValue {
  readonly classNames: readonly string[];
  /** Split name (`train`, `tune`, `test`) -> its examples. */
  readonly splits: Readonly<Record<string, SplitRange>>;
  /** Rows, columns, channels. */
  readonly imageShape: readonly [number, number, number];
  /** A network sees `(value / 255 - mean) / deviation`, one number for all channels or one a channel. */
  readonly normalization: {
    readonly mean: readonly number[];
    readonly deviation: readonly number[];
  };
  readonly source: string;
  readonly license: string;
}
