import type { TensorInfo } from '@tensorflow/tfjs';
import type { WasmBackend } from '../wasm-backend.ts';
import type { Kernels } from './load-kernels.ts';

/** What our kernels need of a backend: its memory, its tensors, room for intermediate arrays. */
export class Heap {
  readonly kernels: Kernels;
  readonly #backend: WasmBackend;
  #room = 0;
  #roomBytes = 0;

  constructor(backend: WasmBackend, kernels: Kernels) {
    this.#backend = backend;
    this.kernels = kernels;
  }

  /**
   * Where a tensor's numbers begin.
   *
   * @throws Error if they are not float32, the only type that our kernels read.
   */
  address({ dataId, dtype }: TensorInfo): number {
    if (dtype !== 'float32') {
      throw new Error(
        `This operation takes float32 on the WebAssembly backend, not ${dtype}.`,
      );
    }
    return this.#backend.dataIdMap.get(dataId).memoryOffset;
  }

  /** A tensor with memory of its own and undefined content. */
  output(shape: readonly number[]): TensorInfo {
    return this.#backend.makeOutput([...shape], 'float32');
  }

  /** A view of float32 numbers; valid until the heap grows, so until the next output or room. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(
      this.#backend.wasm.asm.memory.buffer,
      address,
      length,
    );
  }

  /**
   * Room for intermediate arrays of given lengths in float32 numbers, one block that is kept and grows to the largest wish:
   * what a kernel finds in it is undefined, and the next call of `room` hands out the same block.
   *
   * @returns an address for each length.
   */
  room(...lengths: number[]): number[] {
    // Vectors are read fastest where they do not cross a cache line.
    const sizes = lengths.map((length) => Math.ceil(length / 16) * 64);
    const bytes = sizes.reduce((sum, size) => sum + size, 64);
    if (bytes > this.#roomBytes) {
      if (this.#roomBytes > 0) this.#backend.wasm._free(this.#room);
      this.#roomBytes = 0;
      // `malloc` answers with a signed number; above 2 GiB it would be negative.
      const block = this.#backend.wasm._malloc(bytes) >>> 0;
      if (block === 0) {
        throw new Error(
          `The WebAssembly backend has no memory left for ${bytes} bytes.`,
        );
      }
      this.#room = block;
      this.#roomBytes = bytes;
    }
    let next = Math.ceil(this.#room / 64) * 64;
    return sizes.map((size) => {
      const address = next;
      next += size;
      return address;
    });
  }
}

/** The least multiple of `step` that is not below `count`. */
export const roundUp = (count: number, step: number): number =>
  Math.ceil(count / step) * step;
