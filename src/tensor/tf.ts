import type * as TensorFlow from '@tensorflow/tfjs';

export type {
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  TensorContainer,
  Variable,
} from '@tensorflow/tfjs';

/**
 * TensorFlow.js, once `openBackend` has loaded it: a live binding. Modules that compute with tensors import it
 * statically and cost nothing until then, so the scheduling process never pays for the library (half a second).
 */
export let tf: typeof TensorFlow;

/** Fills the live binding; called by `openBackend` alone. */
export function setTensorFlow(library: typeof TensorFlow): void {
  tf = library;
}

/** Tensors that nobody has disposed of; null while the library is not loaded. */
export const liveTensors = (): number | null =>
  // Typed as always there; it is filled by `openBackend`.
  (tf as typeof TensorFlow | undefined)?.memory().numTensors ?? null;

/** Memory of buffers on a GPU, those that wait for their next use too; null where the backend counts none. */
export function liveGpuBytes(): number | null {
  const memory = (tf as typeof TensorFlow | undefined)?.memory() as
    { numBytesAllocatedInGPU?: number } | undefined;
  return memory?.numBytesAllocatedInGPU ?? null;
}
