import type { TensorInfo } from '@tensorflow/tfjs';

/** What we use of the backend object of `@tensorflow/tfjs-backend-wasm`; its package does not export the type. */
export interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  readonly dataIdMap: {
    get(dataId: object): { readonly memoryOffset: number };
  };
  /** Counts one more tensor on the same memory. */
  incRef(dataId: object): void;
  makeOutput(shape: readonly number[], dtype: string): TensorInfo;
  /** A view of the tensor's memory; valid until the heap grows. */
  typedArrayFromHeap(info: TensorInfo): Float32Array | Int32Array | Uint8Array;
}

/** The backend as a kernel gets it. */
export const wasmBackend = (backend: unknown): WasmBackend =>
  backend as WasmBackend;
