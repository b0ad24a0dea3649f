import type {
  DType,
  ElementArrays,
  NdArray,
  NdArrayOf,
} from '../tensor/nd-array.ts';
import type { JsonObject } from '../util/json.ts';
import type { DatasetValue } from './dataset.ts';
import type { FeaturesValue } from './features.ts';
import type { FigureValue } from './figure.ts';
import type { GramValue } from './gram.ts';
import type { ModelValue } from './model.ts';
import type { PredictionsValue } from './predictions.ts';
import type { TableValue } from './table.ts';

/**
 * What travels along the edges of a plan, by type. Each artifact is a JSON `value` (small: what people read) and named
 * `arrays` (large: what programs read).
 *
 * A `score` is a set of named numbers: what a measure (separation, probe, finetune, cka) yields.
 */
export interface ArtifactValues {
  readonly dataset: DatasetValue;
  readonly model: ModelValue;
  readonly features: FeaturesValue;
  readonly gram: GramValue;
  readonly predictions: PredictionsValue;
  readonly score: JsonObject;
  readonly table: TableValue;
  readonly figure: FigureValue;
}
export type ArtifactType = keyof ArtifactValues;

/** The list of all types, for messages and checks. */
export const ARTIFACT_TYPES = [
  'dataset',
  'model',
  'features',
  'gram',
  'predictions',
  'score',
  'table',
  'figure',
] as const satisfies readonly ArtifactType[];

/** An array that is made piece by piece, because whoever makes it can't hold it whole. */
export interface StreamedArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** All elements in order, in pieces of any length; asked for once. A piece may be overwritten once the next is asked for. */
  pieces(): AsyncIterable<ElementArrays[DType]>;
}

/** What a node's `run` returns. */
export interface NewArtifact<T extends ArtifactType = ArtifactType> {
  readonly type: T;
  readonly value: ArtifactValues[T];
  readonly arrays: Readonly<Record<string, NdArray>>;
  /** More arrays, under other names, each of which is stored as it comes. */
  readonly streams?: Readonly<Record<string, StreamedArray>>;
  /** Gives back what the streams hold, once they are stored or given up. */
  close?(): void;
}

/** What a node's `run` is given. Arrays are read from the cache when asked for, one at a time. */
export interface Artifact<T extends ArtifactType = ArtifactType> {
  readonly type: T;
  readonly value: ArtifactValues[T];
  /** Sorted by code unit. */
  readonly arrayNames: readonly string[];
  /**
   * Reads one array.
   *
   * @throws Error if there is no such array, or if it holds another element type.
   */
  array<D extends DType>(name: string, dtype: D): NdArrayOf<D>;
  /**
   * Reads elements `from … to - 1` of one array in order, in pieces of any length: for arrays that need not be held whole. A
   * piece is overwritten once the next is asked for.
   *
   * @throws Error as `array` does.
   */
  pieces<D extends DType>(
    name: string,
    dtype: D,
    from: number,
    to: number,
  ): Iterable<ElementArrays[D]>;
}

/**
 * One member of a collected input. Members come sorted by coordinates, axis by axis, by code unit. The family's name is not
 * part of it: it is not in the key either.
 */
export interface Member<T extends ArtifactType = ArtifactType> {
  /** Bound name -> value name, for every axis of the family, in the family's order. */
  readonly coordinates: Readonly<Record<string, string>>;
  readonly artifact: Artifact<T>;
}
