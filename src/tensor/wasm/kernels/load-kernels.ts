import { readBuiltModule } from '../built-module.ts';
import type { WasmBackend } from '../wasm-backend.ts';

/** A kernel of `wasm/assembly/`, where its parameters are told: addresses, sizes, strides. */
type Kernel = (...parameters: number[]) => void;

/** Names of what the module exports. */
export const KERNEL_NAMES = [
  'averagePlaces',
  'averagePoolGradient',
  'correlate',
  'cropColumns',
  'depthwiseFilterGradient',
  'depthwiseInputGradient',
  'filterGradient',
  'maxPoolGradient',
  'moments',
  'nesterov',
  'normalize',
  'normalizeGradient',
  'normalizeSums',
  'packColumns',
  'packPanels',
  'packReversed',
  'packRows',
  'spreadPlaces',
  'winogradFilter',
  'winogradFilterGradient',
  'winogradGradient',
  'winogradInput',
  'winogradOutput',
  'winogradProducts',
  'winogradSums',
] as const;

/** Our kernels, bound to the memory of a backend. */
export type Kernels = Readonly<Record<(typeof KERNEL_NAMES)[number], Kernel>>;

/**
 * Our SIMD kernels in the backend's own memory, or undefined where the machine has no SIMD.
 *
 * @throws Error if the module has not been built.
 */
export function loadKernels(backend: WasmBackend): Kernels | undefined {
  const { path, bytes } = readBuiltModule(
    'kernels.wasm',
    'The kernels of the WebAssembly backend',
  );
  if (bytes === undefined) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory: backend.wasm.asm.memory },
  });
  for (const name of KERNEL_NAMES) {
    if (typeof exports[name] !== 'function') {
      throw new Error(
        `The kernels at "${path}" lack "${name}". Run "npm run build:kernels".`,
      );
    }
  }
  return exports as Kernels;
}
