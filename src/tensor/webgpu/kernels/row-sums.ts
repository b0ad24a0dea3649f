import type { TensorInfo } from '@tensorflow/tfjs';
import { entryProgram, type WebgpuBackend } from '../webgpu-backend.ts';

/** What is summed: of tensors whose last axis are channels, each entry of which gives one term. */
export interface RowSums {
  /** Names the code. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  /** WGSL: the term of an entry, by `entry` and `channel`. */
  readonly term: string;
  readonly rows: number;
  readonly channels: number;
  /** `uniforms.epsilon`, where the term has it. */
  readonly epsilon: number;
  /** What the sums are multiplied by. */
  readonly factor: number;
}

/** At least so many rows are added by one invocation. */
const CHUNK = 64;

/**
 * Sums over all rows, `[channels]`: chunks of rows side by side, then their sums. Without the barriers of the stock reduction,
 * neighbours reading neighbouring channels, and always in the same order.
 */
export function sumRows(
  backend: WebgpuBackend,
  { name, inputs, term, rows, channels, epsilon, factor }: RowSums,
): TensorInfo {
  const chunk = Math.max(CHUNK, Math.ceil(Math.sqrt(rows)));
  const chunks = Math.ceil(rows / chunk);
  const isLast = chunks === 1;
  const program = entryProgram({
    name: `PenultimateRowSums${name}`,
    variables: Object.keys(inputs),
    uniforms:
      'rows : i32, channels : i32, chunk : i32, epsilon : f32, factor : f32,',
    shape: isLast ? [channels] : [chunks, channels],
    code: `
fn main(index : i32) {
  if (index < uniforms.size) {
    let channel = index % uniforms.channels;
    let first = index / uniforms.channels * uniforms.chunk;
    let end = min(first + uniforms.chunk, uniforms.rows);
    var sum = 0.0;
    for (var row = first; row < end; row++) {
      let entry = row * uniforms.channels + channel;
      sum += ${term};
    }
    result[index] = sum * uniforms.factor;
  }
}`,
  });
  const sums = backend.runWebGPUProgram(
    program,
    Object.values(inputs),
    'float32',
    [
      { type: 'int32', data: [rows] },
      { type: 'int32', data: [channels] },
      { type: 'int32', data: [chunk] },
      { type: 'float32', data: [epsilon] },
      { type: 'float32', data: [isLast ? factor : 1] },
    ],
  );
  if (isLast) return sums;
  const total = sumRows(backend, {
    ...{ name: 'Chunks', inputs: { sums }, term: 'sums[entry]' },
    ...{ rows: chunks, channels, epsilon, factor },
  });
  backend.disposeData(sums.dataId);
  return total;
}
