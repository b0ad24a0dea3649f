import type { LayerOps } from './layer-ops.ts';

/** Backends by name (design, section 7). */
export const BACKEND_NAMES = ['wasm'] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

/** An opened tensor library: `tf` of `tf.ts` computes on it from then on. One per process. */
export interface Backend {
  readonly name: BackendName;
  /** Facts for the record, not for the key: library versions, whether SIMD and our own kernels are on. */
  readonly facts: Readonly<Record<string, string>>;
  readonly layers: LayerOps;
}

/**
 * Loads TensorFlow.js, makes the named backend current and fills `tf`. A second call answers with the same backend.
 *
 * @throws Error if the backend does not load on this machine; the message says why and what to do.
 */
export function openBackend(name: BackendName): Promise<Backend> {
  opened ??= open(name);
  return opened;
}

let opened: Promise<Backend> | undefined;

async function open(name: BackendName): Promise<Backend> {
  const { openWasm } = await import('./wasm/open-wasm.ts');
  return { name, ...(await openWasm()) };
}
