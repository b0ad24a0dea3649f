import { readFileSync } from 'node:fs';
import { openStore } from '../../src/cache/open-store.ts';
import { runPlan } from '../../src/engine/run-plan.ts';
import { LocalExecutor } from '../../src/executor/local.ts';
import { Registry } from '../../src/kind/registry.ts';
import { makePlan, type NodeSpec } from './make-plan.ts';
import { testKinds } from './test-kinds.ts';

/**
 * A program that runs a plan of test kinds and prints its events: `run-program.js SPECS CACHE WORKERS`, SPECS being a
 * JSON file of node specifications. Tests kill it.
 */
async function runProgram(
  specs: string,
  folder: string,
  workers: number,
): Promise<void> {
  const registry = new Registry(testKinds);
  await using store = await openStore({ folder, readOnly: false });
  const executor = new LocalExecutor({
    workers,
    settings: { cacheFolder: folder, backend: 'wasm', checkpointSeconds: 30 },
    environment: process.env,
    module: new URL('./test-worker.js', import.meta.url),
  });
  const plan = makePlan(
    registry,
    JSON.parse(readFileSync(specs, 'utf8')) as Record<string, NodeSpec>,
  );
  await runPlan({
    plan,
    registry,
    store,
    cacheFolder: folder,
    backend: 'wasm',
    failFast: false,
    signal: new AbortController().signal,
    listener: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
    executor,
  });
  await executor.close();
}

const [, , specs = '', folder = '', workers = ''] = process.argv;
await runProgram(specs, folder, Number(workers));
