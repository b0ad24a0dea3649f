import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { threadShares } from '../../src/executor/local.ts';
import { locateNative } from '../../src/native/locate.ts';
import { nativeFolder } from '../../src/native/native-folder.ts';
import {
  backendEnvironment,
  type BackendName,
  type BackendOptions,
} from '../../src/tensor/backend.ts';
import { findAdapter } from '../../src/tensor/webgpu/dawn.ts';
import { errorMessage } from '../../src/util/error-message.ts';
import {
  prepareSoftwareGpu,
  softwareGpuEnvironment,
} from '../support/software-gpu.ts';
import { EngineProcess } from './engine-process.ts';
import type { BenchedNetwork } from './training-networks.ts';
import type { OurSettings } from './training-ours.ts';

/** The word that asks for the software device. */
export const SOFTWARE_GPU = '--software-gpu';

/** A backend as it takes part. */
interface OurEngine {
  readonly backend: BackendName;
  readonly options?: BackendOptions;
  /** What is other than in a worker. */
  readonly note?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Our backends that are on this machine and make use of that many threads, each in a process.
 *
 * With several threads `tensorflow` takes part twice: as in workers, ops side by side, each on one thread; and with ops that
 * are split among threads, whose last digits depend on how many there are. `webgpu` does where one thread is asked for: its work
 * is done elsewhere.
 *
 * @param options.fma whether `wasm` stands there with fused multiply-add too.
 * @param options.softwareGpu whether `webgpu` computes on the software device of the tests, instead of on a GPU.
 */
export async function openOurs(
  network: BenchedNetwork,
  threads: number,
  {
    fma = false,
    softwareGpu = false,
  }: { readonly fma?: boolean; readonly softwareGpu?: boolean } = {},
): Promise<readonly EngineProcess[]> {
  const installation = locateNative('tensorflow', nativeFolder(process.env));
  const ours: OurEngine[] = [
    ...(threads === 1 ? [{ backend: 'wasm' } as const] : []),
    ...(threads === 1 && fma
      ? [{ backend: 'wasm', options: { fma } } as const]
      : []),
    ...(installation
      ? [{ backend: 'tensorflow', options: { installation } } as const]
      : []),
    ...(installation && threads > 1
      ? [
          {
            backend: 'tensorflow',
            options: { installation },
            note: 'ops split',
            variables: { TF_NUM_INTRAOP_THREADS: String(threads) },
          } as const,
        ]
      : []),
    ...(threads === 1 ? await webgpuEngines(softwareGpu) : []),
  ];
  if (!installation) {
    console.log(
      '  tensorflow is not installed on this machine: pipeline backend install tensorflow',
    );
  }
  const engines: EngineProcess[] = [];
  for (const { backend, options = {}, note = '', variables } of ours) {
    const settings: OurSettings = { network, backend, options, note };
    engines.push(
      await EngineProcess.open(
        process.execPath,
        [
          fileURLToPath(new URL('training-ours.js', import.meta.url)),
          JSON.stringify(settings),
        ],
        {
          ...threadVariables(threads),
          ...backendEnvironment(backend),
          ...variables,
        },
      ),
    );
  }
  return engines;
}

/** `webgpu` on the device that it should have; where there is none a line says so. */
async function webgpuEngines(
  isSoftware: boolean,
): Promise<readonly OurEngine[]> {
  const problem = isSoftware ? prepareSoftwareGpu() : await gpuProblem();
  if (problem !== null) {
    console.log(`  webgpu takes no part: ${problem}`);
    return [];
  }
  return [
    {
      backend: 'webgpu',
      ...(isSoftware ? { variables: softwareGpuEnvironment } : {}),
    },
  ];
}

/** Why WebGPU has no GPU here, or null. */
async function gpuProblem(): Promise<string | null> {
  try {
    const { info } = await findAdapter();
    return info.isFallbackAdapter
      ? `the processor stands in for a GPU here (${info.description}).`
      : null;
  } catch (error) {
    return errorMessage(error);
  }
}

/** What a worker with that many threads is given. */
const threadVariables = (threads: number): Record<string, string> =>
  threadShares(availableParallelism() / threads);
