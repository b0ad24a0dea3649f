import { cpus, loadavg } from 'node:os';
import { openBackend } from '../../src/tensor/backend.ts';
import { BENCHED_NETWORKS, type BenchedNetwork } from './training-networks.ts';
import { OurTraining } from './training-ours.ts';
import { openTorch, type TorchTraining } from './training-torch.ts';

/** Rounds in which the engines take turns; each round's first step warms its caches and is not counted. */
const ROUNDS = 6;

interface Timing {
  /** Median of a step. */
  readonly wallMs: number;
  /** Mean of a step on the processor: what other programs do to the machine shows less here. */
  readonly cpuMs: number;
}

/** Steps that were timed. */
export interface TimedSteps {
  readonly wallMs: readonly number[];
  readonly cpuMs: number;
}

/** One engine that takes training steps. */
export interface Engine {
  readonly title: string;
  run(steps: number): Promise<TimedSteps>;
}

/**
 * Times one training step (forward, backward, Nesterov update; batch in memory) on our WebAssembly backend and, where
 * PyTorch can be set up, on PyTorch with one thread, in turns in one run.
 */
export async function benchTraining(args: readonly string[]): Promise<void> {
  const unknown = args.find((name) => !(name in BENCHED_NETWORKS));
  if (unknown !== undefined) {
    console.error(
      `There is no network "${unknown}". Known: ${Object.keys(BENCHED_NETWORKS).join(', ')}.`,
    );
    process.exitCode = 2;
    return;
  }
  const names = args.length > 0 ? args : Object.keys(BENCHED_NETWORKS);
  const backend = await openBackend('wasm');
  console.log(
    `${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}, one thread`,
  );
  console.log(
    Object.entries(backend.facts)
      .map(([fact, value]) => `${fact} ${value}`)
      .join(', '),
  );
  for (const name of names) {
    await compare(name, BENCHED_NETWORKS[name]!, backend.layers);
  }
}

async function compare(
  name: string,
  network: BenchedNetwork,
  layers: Awaited<ReturnType<typeof openBackend>>['layers'],
): Promise<void> {
  console.log(`\n${name}: ${network.title}`);
  const ours = new OurTraining(network, layers);
  const torch = await openTorch(network);
  const engines: readonly Engine[] = [ours, ...torch.engines];
  if (torch.reason !== null) console.log(torch.reason);
  const load = loadavg()[0] ?? 0;
  const steps = new Map<Engine, TimedSteps[]>(
    engines.map((engine) => [engine, []]),
  );
  // Once around without counting: compilers and allocators settle.
  for (const engine of engines) await engine.run(3);
  for (let round = 0; round < ROUNDS; round++) {
    for (const engine of engines) {
      steps.get(engine)!.push(await engine.run(network.stepsPerRound));
    }
  }
  const reference = summarize(steps.get(ours)!);
  for (const engine of engines) {
    const timing = summarize(steps.get(engine)!);
    const rate = (network.batch / timing.wallMs) * 1000;
    const ratio =
      engine === ours
        ? ''
        : `  ours is ${(timing.wallMs / reference.wallMs).toFixed(2)} of its speed, ${(timing.cpuMs / reference.cpuMs).toFixed(2)} by processor time`;
    console.log(
      `${engine.title.padEnd(26)} ${timing.wallMs.toFixed(1).padStart(7)} ms  ${rate.toFixed(0).padStart(6)} images/s  (processor ${timing.cpuMs.toFixed(1)} ms)${ratio}`,
    );
  }
  console.log(
    `resident memory of this process ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB; load of the machine before ${load.toFixed(1)}`,
  );
  ours.dispose();
  await closeAll(torch.engines);
}

async function closeAll(engines: readonly TorchTraining[]): Promise<void> {
  for (const engine of engines) await engine.close();
}

function summarize(rounds: readonly TimedSteps[]): Timing {
  const walls = rounds.flatMap(({ wallMs }) => wallMs).sort((a, b) => a - b);
  return {
    wallMs: walls[Math.floor(walls.length / 2)]!,
    cpuMs: rounds.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / rounds.length,
  };
}
