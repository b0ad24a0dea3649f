import type { KernelConfig } from '@tensorflow/tfjs';
import { tf } from './tf.ts';

/** Registers kernels, over others of their names too: the library alone would only warn and keep the old one. */
export function replaceKernels(configs: readonly KernelConfig[]): void {
  for (const config of configs) {
    const { kernelName, backendName } = config;
    if (isRegistered(kernelName, backendName)) {
      tf.unregisterKernel(kernelName, backendName);
    }
    tf.registerKernel(config);
  }
}

const isRegistered = (kernelName: string, backendName: string): boolean =>
  // The library types the answer as always there; a kernel that is not there is undefined.
  (tf.getKernel(kernelName, backendName) as KernelConfig | undefined) !==
  undefined;
