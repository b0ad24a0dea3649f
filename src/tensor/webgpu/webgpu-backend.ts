import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs';

/** Values that a program gets beside its tensors, in the order in which `uniforms` declares them. */
export type Uniforms = {
  readonly type: 'int32' | 'float32';
  readonly data: readonly number[];
}[];

/**
 * A compute shader as the backend takes it: it declares the result, the tensors with `get…` and their shapes, and calls
 * `main(index)` for each entry of the result and beyond, up to a multiple of 64.
 */
export interface Program {
  readonly variableNames: readonly string[];
  /** Declarations in WGSL: `name : type, …`. */
  readonly uniforms: string;
  readonly workgroupSize: readonly [number, number, number];
  readonly dispatchLayout: { readonly x: readonly number[] };
  readonly dispatch: readonly [number, number, number];
  readonly outputShape: readonly number[];
  /** Whether `uniforms.size` is declared, the entries of the result. */
  readonly size: boolean;
  /** Programs with the same key are compiled once, for each combination of ranks. */
  readonly shaderKey: string;
  getUserCode(): string;
}

/** What we use of the backend object of `@tensorflow/tfjs-backend-webgpu`, whose types want those of browsers. */
export interface WebgpuBackend extends KernelBackend {
  runWebGPUProgram(
    program: Program,
    inputs: readonly TensorInfo[],
    dtype: TensorInfo['dtype'],
    uniforms?: Uniforms,
  ): TensorInfo;
}

/** The backend as a kernel gets it. */
export const webgpuBackend = (backend: unknown): WebgpuBackend =>
  backend as WebgpuBackend;

const WORKGROUP = 64;

/** A program that computes each entry of its result for itself. */
export function entryProgram({
  name,
  variables,
  uniforms,
  shape,
  code,
}: {
  /** Names the code: other code needs another name. */
  readonly name: string;
  readonly variables: readonly string[];
  readonly uniforms: string;
  /** Of the result. */
  readonly shape: readonly number[];
  /** WGSL with a function `main(index : i32)`. */
  readonly code: string;
}): Program {
  const entries = shape.reduce((product, length) => product * length, 1);
  return {
    variableNames: variables,
    uniforms,
    workgroupSize: [WORKGROUP, 1, 1],
    dispatchLayout: { x: shape.map((_, axis) => axis) },
    dispatch: [Math.ceil(entries / WORKGROUP), 1, 1],
    outputShape: shape,
    size: true,
    shaderKey: name,
    getUserCode: () => code,
  };
}
