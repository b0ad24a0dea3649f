import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type * as TensorFlow from '@tensorflow/tfjs';
import type * as TensorFlowWasm from '@tensorflow/tfjs-backend-wasm';
import { kernelLayers, registerLayerGradients } from '../layer-kernels.ts';
import type { LayerOps } from '../layer-ops.ts';
import { setTensorFlow } from '../tf.ts';
import { registerComposedKernels } from './composed/register.ts';
import { Heap } from './kernels/heap.ts';
import { loadFmaKernels } from './kernels/load-fma-kernels.ts';
import {
  loadKernels,
  type KernelBuild,
  type Kernels,
} from './kernels/load-kernels.ts';
import { registerOwnKernels } from './kernels/register.ts';
import { wasmBackend, type WasmBackend } from './wasm-backend.ts';

/** How the backend is opened; the default is what users get. */
export interface WasmOptions {
  /**
   * `composed`: without our SIMD kernels, as on a machine without SIMD. `simd-fma`: with fused multiply-add, whose results
   * depend on the machine. Default: `simd` where it works.
   */
  readonly kernels?: KernelBuild | 'composed';
}

/** What `openBackend` makes a backend of. */
export interface OpenedWasm {
  readonly facts: Readonly<Record<string, string>>;
  readonly layers: LayerOps;
}

/**
 * Opens the WebAssembly backend; once per process, for kernels and gradients are registered in the library.
 *
 * @throws Error if it does not start, if our kernels have not been built, or if the machine can't run those with fused
 *   multiply-add.
 */
export async function openWasm({
  kernels: wanted = 'simd',
}: WasmOptions = {}): Promise<OpenedWasm> {
  const { tf, wasm, folder } = loadLibraries();
  wasm.setWasmPaths(folder + sep);
  // The threaded build does not start in Node; processes are the way to use more processors.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await withoutNewHandlers(() => tf.setBackend('wasm')))) {
    throw new Error(
      'The WebAssembly backend of TensorFlow.js does not start on this machine. Run "npm ci" again, and check that Node is at least 20.19.',
    );
  }
  setTensorFlow(tf);
  registerLayerGradients();
  registerComposedKernels();
  const backend = wasmBackend(tf.backend());
  const kernels = chooseKernels(wanted, backend);
  if (kernels) registerOwnKernels(new Heap(backend, kernels));
  return {
    facts: {
      'tfjs-core': tf.version['tfjs-core'],
      'tfjs-backend-wasm': wasm.version_wasm,
      kernels: kernels ? wanted : 'composed',
    },
    layers: kernelLayers,
  };
}

/** Without SIMD the default falls back to the compositions; what was asked for by name does not fall back. */
function chooseKernels(
  wanted: KernelBuild | 'composed',
  { wasm }: WasmBackend,
): Kernels | undefined {
  switch (wanted) {
    case 'composed':
      return undefined;
    case 'simd':
      return loadKernels(wanted, wasm.asm.memory);
    case 'simd-fma': {
      const loaded = loadFmaKernels(wasm.asm.memory);
      if (!loaded.ok) throw new Error(loaded.error);
      return loaded.value;
    }
  }
}

interface Libraries {
  readonly tf: typeof TensorFlow;
  readonly wasm: typeof TensorFlowWasm;
  /** Where the package keeps its `.wasm` files. */
  readonly folder: string;
}

/** Both packages as CommonJS, so that both see one copy of the core: kernels are registered per copy. */
function loadLibraries(): Libraries {
  const require = createRequire(import.meta.url);
  return {
    tf: require('@tensorflow/tfjs') as typeof TensorFlow,
    wasm: require('@tensorflow/tfjs-backend-wasm') as typeof TensorFlowWasm,
    folder: dirname(require.resolve('@tensorflow/tfjs-backend-wasm')),
  };
}

/**
 * Emscripten's loader hooks `uncaughtException` and `unhandledRejection` and throws again from there, which hides the
 * place of every later error and changes the exit code.
 */
async function withoutNewHandlers<T>(load: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'exit'));
  try {
    return await load();
  } finally {
    events.forEach((event, index) => {
      for (const listener of process.listeners(event as 'exit')) {
        if (before[index]?.includes(listener) !== true) {
          process.removeListener(event, listener);
        }
      }
    });
  }
}
