import { readFileSync } from 'node:fs';
import { Leases } from '../../src/cache/leases.ts';
import { LmdbRows } from '../../src/cache/lmdb-rows.ts';
import { openStore } from '../../src/cache/open-store.ts';
import { runPlan } from '../../src/engine/run-plan.ts';
import { LocalExecutor } from '../../src/executor/local.ts';
import { Registry } from '../../src/kind/registry.ts';
import { makePlan, type NodeSpec } from './make-plan.ts';
import { testKinds } from './test-kinds.ts';

/**
 * A program that runs a plan of test kinds and prints its events: `run-program.js SPECS CACHE WORKERS [EXPIRY]`, SPECS
 * being a JSON file of node specifications, EXPIRY milliseconds without a sign of life. Tests kill it.
 */
async function runProgram(
  specs: string,
  folder: string,
  workers: number,
  expiryMs: number | undefined,
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
  const rows = await LmdbRows.open({ folder, readOnly: false });
  if (rows === null) throw new Error('rows were not made');
  await using leases = Leases.open({
    rows,
    command: 'pipeline run test.yaml',
    report: () => null,
    ...(expiryMs === undefined ? {} : { expiryMs, beatMs: 20 }),
  });
  await runPlan({
    plan,
    registry,
    store,
    leases,
    cacheFolder: folder,
    backend: 'wasm',
    failFast: false,
    signal: new AbortController().signal,
    listener: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
    executor,
  });
  await executor.close();
}

const [, , specs = '', folder = '', workers = '', expiryMs] = process.argv;
await runProgram(
  specs,
  folder,
  Number(workers),
  expiryMs === undefined ? undefined : Number(expiryMs),
);
