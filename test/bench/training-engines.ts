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
import { EngineProcess } from './engine-process.ts';
import type { BenchedNetwork } from './training-networks.ts';
import type { OurSettings } from './training-ours.ts';

/**
 * Our backends that are on this machine and make use of that many threads, each in a process.
 *
 * @param fma whether `wasm` stands there with fused multiply-add too.
 */
export async function openOurs(
  network: BenchedNetwork,
  threads: number,
  fma = false,
): Promise<readonly EngineProcess[]> {
  const installation = locateNative('tensorflow', nativeFolder(process.env));
  const ours: (readonly [BackendName, BackendOptions])[] = [
    ...(threads === 1 ? [['wasm', {}] as const] : []),
    ...(threads === 1 && fma ? [['wasm', { fma }] as const] : []),
    ...(installation ? [['tensorflow', { installation }] as const] : []),
  ];
  if (!installation) {
    console.log(
      '  tensorflow is not installed on this machine: pipeline backend install tensorflow',
    );
  }
  const engines: EngineProcess[] = [];
  for (const [backend, options] of ours) {
    const settings: OurSettings = { network, backend, options };
    engines.push(
      await EngineProcess.open(
        process.execPath,
        [
          fileURLToPath(new URL('training-ours.js', import.meta.url)),
          JSON.stringify(settings),
        ],
        { ...threadVariables(threads), ...backendEnvironment(backend) },
      ),
    );
  }
  return engines;
}

/** What a worker with that many threads is given. */
const threadVariables = (threads: number): Record<string, string> =>
  threadShares(availableParallelism() / threads);
