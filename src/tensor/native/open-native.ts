import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs';
import type { NativeInstallation } from '../../native/locate.ts';
import {
  NATIVE_BACKEND,
  registerNative,
} from '../../native/register-native.ts';
import type { CompiledStep } from '../compiled-step.ts';
import { kernelLayers, registerLayerGradients } from '../layer-kernels.ts';
import type { LayerOps } from '../layer-ops.ts';
import { replaceKernels } from '../replace-kernels.ts';
import { setTensorFlow } from '../tf.ts';
import type { Binding, NativeBackend } from './binding.ts';
import { NativeStep } from './compile.ts';
import { SessionShelf } from './graph/session-shelf.ts';
import { batchNormKernels } from './kernels/batch-norm.ts';
import { convolutionKernels } from './kernels/convolution.ts';
import { depthwiseKernels } from './kernels/depthwise.ts';
import { globalPoolKernels } from './kernels/global-pool.ts';
import { nesterovKernel } from './kernels/nesterov.ts';
import { poolKernels } from './kernels/pool.ts';
import { Recorder, type NamedTensors } from './recorder.ts';

/** What `openBackend` makes a backend of. */
export interface OpenedNative {
  readonly facts: Readonly<Record<string, string>>;
  readonly layers: LayerOps;
}

/**
 * Opens libtensorflow; once per process, for kernels and gradients are registered in the library.
 *
 * @throws Error if it does not load, or sees no GPU where one is asked for; the message says what to do.
 */
export async function openNative(
  installation: NativeInstallation,
): Promise<OpenedNative> {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs') as typeof TensorFlow;
  const binding = registerNative(installation, tf) as Binding;
  if (!(await tf.setBackend(NATIVE_BACKEND))) {
    throw new Error(
      `The backend "${installation.name}" does not start. Install it anew: pipeline backend install ${installation.name}`,
    );
  }
  setTensorFlow(tf);
  registerLayerGradients();
  const backend = tf.backend() as unknown as NativeBackend;
  const recorder = new Recorder(backend);
  const tools = { recorder, sessions: new SessionShelf(binding) };
  replaceKernels([
    ...convolutionKernels(backend),
    ...depthwiseKernels(),
    ...batchNormKernels(backend),
    ...globalPoolKernels,
    ...poolKernels(),
    nesterovKernel(recorder),
  ]);
  return {
    facts: {
      'tfjs-core': tf.version['tfjs-core'],
      libtensorflow: binding.TF_Version,
      device: binding.isUsingGpuDevice() ? 'gpu' : 'cpu',
    },
    layers: {
      ...kernelLayers,
      compile: <Inputs, Outputs>(
        step: (inputs: Inputs) => Outputs,
        state: readonly TensorFlow.Variable[],
      ) =>
        // By the signature of `compile`, inputs and outputs are tensors by name.
        new NativeStep(
          tools,
          step as unknown as (inputs: NamedTensors) => NamedTensors,
          state,
        ) as unknown as CompiledStep<Inputs, Outputs>,
    },
  };
}
