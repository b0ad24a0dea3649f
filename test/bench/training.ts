import { availableParallelism, cpus, loadavg } from 'node:os';
import { findFmaProblem } from '../../src/tensor/wasm/kernels/load-fma-kernels.ts';
import type { EngineProcess, TimedSteps } from './engine-process.ts';
import { BENCHED_NETWORKS, type BenchedNetwork } from './training-networks.ts';
import { openOurs, SOFTWARE_GPU } from './training-engines.ts';
import { openTorch, torchPython } from './training-torch.ts';

/** Rounds in which the engines take turns. */
const ROUNDS = 6;

/** Steps that are not counted: compilers and allocators settle. */
const WARM_UP_STEPS = 3;

/** Numbers of threads where none is named, as far as the machine has them. */
const THREADS = [1, 2];

interface Timing {
  /** Median of a step. */
  readonly wallMs: number;
  /** Mean of a step on the processor: what other programs do to the machine shows less here. */
  readonly cpuMs: number;
  readonly residentMiB: number;
}

/**
 * Times one training step (forward, backward, Nesterov update; batch in memory) on every backend that is installed and,
 * where it can be set up, on PyTorch, with the same number of threads, in turns.
 *
 * @param given names of networks and numbers of threads; all networks, one thread and two, where none is named. With
 *   `--software-gpu` webgpu takes part on the software device of the tests: slow, and only to see that it runs.
 */
export async function benchTraining(given: readonly string[]): Promise<void> {
  const args = given.filter((arg) => arg !== SOFTWARE_GPU);
  const asked = args.filter((arg) => /^[1-9]\d*$/.test(arg)).map(Number);
  const named = args.filter((arg) => !/^[1-9]\d*$/.test(arg));
  const unknown = named.find((name) => !Object.hasOwn(BENCHED_NETWORKS, name));
  if (unknown !== undefined) {
    console.error(
      `There is no network "${unknown}". Known: ${Object.keys(BENCHED_NETWORKS).join(', ')}.`,
    );
    process.exitCode = 2;
    return;
  }
  const names = named.length > 0 ? named : Object.keys(BENCHED_NETWORKS);
  const numbers = asked.length > 0 ? asked : THREADS;
  const python = await torchPython().catch((error: unknown) => {
    const [why] = String(error).split('\n');
    console.log(`PyTorch can't be set up, so ours stands alone: ${why}`);
    return undefined;
  });
  const fmaProblem = findFmaProblem();
  if (fmaProblem !== undefined) {
    console.log(`wasm stands here without FMA: ${fmaProblem}`);
  }
  console.log(
    `${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}`,
  );
  for (const name of names) {
    for (const threads of numbers) {
      if (threads > availableParallelism()) {
        console.log(`\n${threads} threads are more than this machine has.`);
        continue;
      }
      await compare(BENCHED_NETWORKS[name]!, threads, {
        python,
        hasFma: fmaProblem === undefined,
        softwareGpu: args.length < given.length,
      });
    }
  }
}

async function compare(
  network: BenchedNetwork,
  threads: number,
  {
    python,
    hasFma,
    softwareGpu,
  }: {
    readonly python: string | undefined;
    readonly hasFma: boolean;
    readonly softwareGpu: boolean;
  },
): Promise<void> {
  console.log(
    `\n${network.title}, ${threads === 1 ? 'one thread' : `${threads} threads`}; load of the machine before ${(loadavg()[0] ?? 0).toFixed(1)}`,
  );
  const torch =
    python === undefined ? [] : await openTorch(python, network, threads);
  const ours = await openOurs(network, threads, { fma: hasFma, softwareGpu });
  const engines = [...ours, ...torch];
  const steps = new Map<EngineProcess, TimedSteps[]>(
    engines.map((engine) => [engine, []]),
  );
  for (const engine of engines) await engine.run(WARM_UP_STEPS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const engine of engines) {
      steps.get(engine)!.push(await engine.run(network.stepsPerRound));
    }
  }
  const timings = new Map(
    [...steps].map(([engine, rounds]) => [engine, summarize(rounds)]),
  );
  for (const [engine, { wallMs, cpuMs, residentMiB }] of timings) {
    console.log(
      `  ${engine.title.padEnd(42)} ${wallMs.toFixed(1).padStart(7)} ms  ${((network.batch / wallMs) * 1000).toFixed(0).padStart(6)} images/s  (processor ${cpuMs.toFixed(1)} ms, ${residentMiB.toFixed(0)} MiB)`,
    );
  }
  const [reference, best] = torch.map((engine) => timings.get(engine)!);
  if (reference && best) {
    for (const engine of engines.filter((one) => !torch.includes(one))) {
      const own = timings.get(engine)!;
      const ratios = [
        ['default layout', reference],
        ['channels-last', best],
      ] as const;
      console.log(
        `  ${engine.title} ÷ PyTorch: ${ratios
          .map(
            ([layout, other]) =>
              `${(other.wallMs / own.wallMs).toFixed(2)} (${layout}; ${(other.cpuMs / own.cpuMs).toFixed(2)} by processor time)`,
          )
          .join(', ')}`,
      );
    }
  }
  for (const engine of engines) await engine.close();
}

function summarize(rounds: readonly TimedSteps[]): Timing {
  const walls = rounds.flatMap(({ wallMs }) => wallMs).sort((a, b) => a - b);
  return {
    wallMs: walls[Math.floor(walls.length / 2)]!,
    cpuMs: rounds.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / rounds.length,
    residentMiB: rounds.at(-1)!.residentMiB,
  };
}
