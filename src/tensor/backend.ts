import { NATIVE_NAMES, type NativeInstallation } from '../native/locate.ts';
import type { LayerOps } from './layer-ops.ts';

/** Backends by name (design, section 7). The first is the default: it is everywhere, and computes the same bytes everywhere. */
export const BACKEND_NAMES = [
  'wasm',
  'tensorflow',
  'tensorflow-gpu',
  'webgpu',
] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

/** Whether a backend computes on GPUs. */
export const usesGpus = (name: BackendName): boolean =>
  name === 'tensorflow-gpu';

/** An opened tensor library: `tf` of `tf.ts` computes on it from then on. One per process. */
export interface Backend {
  readonly name: BackendName;
  /** Facts for the record, not for the key: library versions, whether SIMD and our own kernels are on. */
  readonly facts: Readonly<Record<string, string>>;
  readonly layers: LayerOps;
  /** What whoever computes on it should know: a sentence. */
  readonly notice?: string | undefined;
}

/** What a backend needs beside its name. Plain data: it travels to workers. */
export interface BackendOptions {
  /** Where a native backend lies. */
  readonly installation?: NativeInstallation | undefined;
  /** On a native backend: threads that each op is split among, where the environment says more than one. It goes into the record. */
  readonly threadsPerOp?: string | undefined;
  /** On `wasm`: kernels with fused multiply-add, faster, with results that depend on the machine. */
  readonly fma?: boolean | undefined;
}

/**
 * Loads TensorFlow.js, makes the named backend current and fills `tf`. A second call answers with the same backend.
 *
 * @throws Error if the backend does not load on this machine; the message says why and what to do.
 */
export function openBackend(
  name: BackendName,
  options: BackendOptions = {},
): Promise<Backend> {
  opened ??= OPENERS[name](options).then((backend) => ({ name, ...backend }));
  return opened;
}

let opened: Promise<Backend> | undefined;

/**
 * Variables that a backend's library reads from the environment when it is loaded: whoever starts the process sets them,
 * where the user has not.
 */
export const backendEnvironment = (
  name: BackendName,
): Readonly<Record<string, string>> =>
  NATIVE_NAMES.some((native) => native === name) ? NATIVE_ENVIRONMENT : {};

const NATIVE_ENVIRONMENT = {
  // Two to three times as fast on x86.
  TF_ENABLE_ONEDNN_OPTS: '1',
  // Errors only.
  TF_CPP_MIN_LOG_LEVEL: '2',
  // Else one process takes all memory of a GPU.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
};

type Opener = (options: BackendOptions) => Promise<Omit<Backend, 'name'>>;

const openNative: Opener = async ({ installation, threadsPerOp }) => {
  if (installation === undefined) {
    throw new Error('Internal error: nobody said where the backend lies');
  }
  const native = await import('./native/open-native.ts');
  const { facts, layers } = await native.openNative(installation);
  // Last digits depend on it.
  const split = threadsPerOp && { 'threads-per-op': threadsPerOp };
  return { facts: { ...facts, ...split }, layers };
};

/** Each loads its own module: nobody pays for a backend that is not opened. */
const OPENERS: Readonly<Record<BackendName, Opener>> = {
  wasm: async ({ fma = false }) => {
    const { openWasm } = await import('./wasm/open-wasm.ts');
    return openWasm({ kernels: fma ? 'simd-fma' : 'simd' });
  },
  tensorflow: openNative,
  'tensorflow-gpu': openNative,
  webgpu: async () => {
    const { openWebgpu } = await import('./webgpu/open-webgpu.ts');
    return openWebgpu();
  },
};
