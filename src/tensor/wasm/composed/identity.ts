import type { KernelConfig } from '@tensorflow/tfjs';
import { tf } from '../../tf.ts';
import { wasmBackend } from '../wasm-backend.ts';

/**
 * `Identity` as a second handle on the same memory, as all other backends have it. The stock kernel copies, and the library
 * clones every tensor that a gradient needs: one copy of all activations and weights in each step.
 */
export function sharingIdentity(): KernelConfig {
  const stock = tf.getKernel('Identity', 'wasm');
  return {
    ...stock,
    kernelFunc: (parameters) => {
      const { dataId, shape, dtype } = parameters.inputs['x']!;
      // Strings are not in the memory of the backend.
      if (dtype === 'string') return stock.kernelFunc(parameters);
      wasmBackend(parameters.backend).incRef(dataId);
      return { dataId, shape, dtype };
    },
  };
}
