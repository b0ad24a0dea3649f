import type { Tensor, TensorInfo } from '@tensorflow/tfjs';

/** What we use of the native binding of `@tensorflow/tfjs-node`: libtensorflow, with tensors as numbers. */
export interface Binding {
  createTensor(
    shape: readonly number[],
    dtype: number,
    values: TensorValues,
  ): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TensorValues;
  executeOp(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorMetadata[];
  /** @returns the number of the session. */
  loadSavedModel(folder: string, tags: string): number;
  /** @param inputs and outputs: ends of edges, separated by commas. */
  runSavedModel(
    session: number,
    ids: readonly number[],
    inputs: string,
    outputs: string,
  ): TensorMetadata[];
  deleteSavedModel(session: number): void;
  isUsingGpuDevice(): boolean;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  /** Version of libtensorflow. */
  readonly TF_Version: string;
}

/** Numbers as the binding takes and gives them. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;

/** A tensor that an op made. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** An attribute of an op; `type` is one of the binding's `TF_ATTR_…`. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly number[];
}

/** What we use of the backend object of `@tensorflow/tfjs-node`; its package's types are not at hand. */
export interface NativeBackend {
  /** Every op goes through it; another one may stand in its place for a while. */
  binding: Binding;
  /** The binding's numbers of tensors. Values that have not left JavaScript are handed over first. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  /** A tensor of a number that the binding gave; it belongs to the current scope. */
  createOutputTensor(metadata: TensorMetadata): Tensor;
  executeSingleOutput(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
  ): Tensor;
  executeMultipleOutputs(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
}
