import type { Backend, BackendName } from '../backend.ts';

/** Opens the WebAssembly backend. */
export function openWasm(name: BackendName): Promise<Backend> {
  return Promise.reject(new Error(`Internal error: ${name} is not built yet`));
}
