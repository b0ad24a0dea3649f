import type { SplitRange } from './dataset.ts';

/**
 * What a network makes of examples. Arrays: for each layer `layer:NAME` float32 `[examples, width]`, and `labels` int32
 * `[examples]`. A spatial map that was not averaged is flattened row-major: width = rows · columns · channels.
 */
export interface FeaturesValue {
  /** In the order of the network's depth. */
  readonly layers: readonly {
    readonly name: string;
    readonly width: number;
    readonly pooling: 'average' | 'none';
  }[];
  readonly classNames: readonly string[];
  readonly splits: Readonly<Record<string, SplitRange>>;
}

/** Name of the array that holds a layer. */
export const layerArray = (layer: string): string => `layer:${layer}`;
