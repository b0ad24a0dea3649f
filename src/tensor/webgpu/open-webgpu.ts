import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs';
import { kernelLayers, registerLayerGradients } from '../layer-kernels.ts';
import type { LayerOps } from '../layer-ops.ts';
import { setTensorFlow } from '../tf.ts';
import { findAdapter, type AdapterInfo, type Device } from './dawn.ts';
import { registerWebgpuKernels } from './kernels/register.ts';
import { watchDevice } from './watch-device.ts';

/** What `openBackend` makes a backend of. */
export interface OpenedWebgpu {
  readonly facts: Readonly<Record<string, string>>;
  readonly layers: LayerOps;
  /** That the processor stands in for a GPU, if it does. */
  readonly notice: string | undefined;
}

/** What we use of `@tensorflow/tfjs-backend-webgpu`, whose types want those of browsers. */
interface WebgpuPackage {
  readonly WebGPUBackend: new (
    device: Device,
    info: AdapterInfo,
  ) => TensorFlow.KernelBackend;
}

/** What a device gives only where it is asked for; by default it gives what every device has. */
const LIMITS = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
] as const;

const NAME = 'webgpu';

/**
 * Opens WebGPU on the fastest GPU of this machine; once per process, for kernels and gradients are registered in the library.
 *
 * @throws {NoDeviceError} if there is no GPU.
 * @throws Error if WebGPU does not load. The message says what to do.
 */
export async function openWebgpu(): Promise<OpenedWebgpu> {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs') as typeof TensorFlow;
  // Before WebGPU is there: else the package would register a device of its own.
  const { WebGPUBackend } =
    require('@tensorflow/tfjs-backend-webgpu') as WebgpuPackage;
  const adapter = await findAdapter();
  const { info } = adapter;
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(
      LIMITS.map((name) => [name, adapter.limits[name] ?? 0]),
    ),
  });
  const backend = new WebGPUBackend(device, info);
  watchDevice(device, backend);
  tf.registerBackend(NAME, () => backend);
  await tf.setBackend(NAME);
  setTensorFlow(tf);
  registerLayerGradients();
  registerWebgpuKernels();
  const versionOf = (name: string): string =>
    (require(`${name}/package.json`) as { version: string }).version;
  return {
    facts: {
      'tfjs-core': tf.version['tfjs-core'],
      'tfjs-backend-webgpu': versionOf('@tensorflow/tfjs-backend-webgpu'),
      webgpu: versionOf('webgpu'),
      device: info.isFallbackAdapter ? 'software' : 'gpu',
      vendor: info.vendor,
      adapter: info.device,
      driver: info.description,
    },
    layers: kernelLayers,
    notice: info.isFallbackAdapter
      ? `On "webgpu" the processor stands in for a GPU here (${info.description}): it is slow, for tests alone.`
      : undefined,
  };
}
