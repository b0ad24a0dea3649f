import { readBuiltModule } from '../built-module.ts';

/** A kernel of `wasm/assembly/`, where its parameters are told: addresses, sizes, strides. */
type Kernel = (...parameters: number[]) => number | undefined;

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
  'pairFilter',
  'pairFilterGradient',
  'pairGradient',
  'pairInput',
  'pairOutput',
  'productRemainder',
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

/** Both builds of one source. */
const MODULES = { simd: 'kernels.wasm', 'simd-fma': 'kernels-fma.wasm' };

/** A build of our kernels: `simd` rounds products before they are added, `simd-fma` does not where the machine can. */
export type KernelBuild = keyof typeof MODULES;

/**
 * Our SIMD kernels in a memory, or undefined where the machine can't run that build.
 *
 * @throws Error if the module has not been built.
 */
export function loadKernels(
  build: KernelBuild,
  memory: WebAssembly.Memory,
): Kernels | undefined {
  const { path, bytes } = readBuiltModule(
    MODULES[build],
    'The kernels of the WebAssembly backend',
  );
  if (bytes === undefined) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory },
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
