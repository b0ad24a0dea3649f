import type { KernelBackend } from '@tensorflow/tfjs';
import type { Device } from './dawn.ts';

/**
 * Makes a read fail once the GPU has refused something: a shader, a buffer that doesn't fit in its memory. TensorFlow.js goes on
 * then, with whatever was in the buffers before. After a read that failed others are fine again, unless the GPU is gone.
 */
export function watchDevice(device: Device, backend: KernelBackend): void {
  let refusal: string | undefined;
  let loss: string | undefined;
  device.addEventListener('uncapturederror', (event) => {
    // Else it is printed as well.
    event.preventDefault();
    refusal ??= event.error.message;
  });
  void device.lost.then(({ message }) => {
    loss = message;
  });
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const [result] = await Promise.allSettled([read(dataId)]);
    const problem = loss ?? refusal;
    refusal = undefined;
    if (problem !== undefined) {
      throw new Error(`The GPU can't compute this: ${firstLine(problem)}`);
    }
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  };
}

/** What follows are labels of objects that nobody has named. */
const firstLine = (message: string): string => message.split('\n')[0] ?? '';
