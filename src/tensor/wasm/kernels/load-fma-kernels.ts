import { setFlagsFromString } from 'node:v8';
import type { Result } from '../../../util/result.ts';
import { err, ok } from '../../../util/result.ts';
import { loadKernels, type Kernels } from './load-kernels.ts';

/** 1 + 2⁻¹²: its square ends in 2⁻²⁴, which a float32 beside 1 has no room for. */
const FACTOR = 1 + 2 ** -12;

/**
 * The kernels that round `sum + a · b` once, in a memory; or a sentence that says why this machine can't run them.
 *
 * @throws Error if the module has not been built.
 */
export function loadFmaKernels(
  memory: WebAssembly.Memory,
): Result<Kernels, string> {
  const kernels =
    loadKernels('simd-fma', memory) ?? loadBehindFlag('simd-fma', memory);
  if (kernels === undefined) {
    return err(
      `Node ${process.versions.node} has no relaxed SIMD on this machine, which fused multiply-add needs.`,
    );
  }
  if (kernels.productRemainder(FACTOR, FACTOR) !== 2 ** -24) {
    return err(
      'The processor of this machine has no fused multiply-add that WebAssembly reaches.',
    );
  }
  return ok(kernels);
}

/** Node 20 has relaxed SIMD behind a flag. Node 22 needs none, and must not be asked: a flag it doesn't know is a message of its own. */
function loadBehindFlag(
  ...parameters: Parameters<typeof loadKernels>
): Kernels | undefined {
  if (!process.versions.node.startsWith('20.')) return undefined;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return loadKernels(...parameters);
}

/** Why the kernels with fused multiply-add can't run on this machine, in a sentence; undefined where they can. */
export function findFmaProblem(): string | undefined {
  const loaded = loadFmaKernels(
    new WebAssembly.Memory({ initial: 1, maximum: 1 }),
  );
  return loaded.ok ? undefined : loaded.error;
}
