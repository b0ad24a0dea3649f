import { BENCHED_NETWORKS } from './training-networks.ts';
import { openOurs, SOFTWARE_GPU } from './training-engines.ts';
import { workerPeakMiB } from './memory-worker.ts';
import type { EngineProcess } from './engine-process.ts';

/** Steps where not said otherwise. */
const STEPS = 10_000;

/** Lines a backend gets. */
const INTERVALS = 10;

/** What a process may gain between the middle and the end and still count as flat: collectors don't run at given moments. */
const SLACK_MIB = 16;

/** What a worker may take on the network of the miniature study. */
const WORKER_MIB = 400;

/**
 * `npm run bench -- memory [STEPS] [--software-gpu]`: trains the network of the miniature study on every backend that is
 * installed, 10,000 steps where not said otherwise, and says whether memory, on a GPU too, and the number of tensors stay; then
 * what a worker of `pipeline run` takes on the same network. Exit code 1 where something grows or takes too much. With
 * `--software-gpu` it is a tiny network, and webgpu takes part on the software device of the tests.
 */
export async function benchMemory(given: readonly string[]): Promise<void> {
  const args = given.filter((arg) => arg !== SOFTWARE_GPU);
  const softwareGpu = args.length < given.length;
  const steps = Number(args[0] ?? STEPS);
  if (!Number.isInteger(steps) || steps < INTERVALS) {
    console.error(
      `The number of steps must be a whole number from ${INTERVALS} on, got "${args[0]}".`,
    );
    process.exitCode = 2;
    return;
  }
  const network = BENCHED_NETWORKS[softwareGpu ? 'tiny' : 'miniature']!;
  console.log(`${network.title}, ${steps} steps`);
  let isGood = true;
  for (const engine of await openOurs(network, 1, { softwareGpu })) {
    isGood = (await staysFlat(engine, steps)) && isGood;
    await engine.close();
  }
  const peak = await workerPeakMiB();
  if (peak === undefined) {
    console.log(
      '\nThe peak of a worker is read from /proc, which this system has not.',
    );
  } else {
    const fits = peak <= WORKER_MIB;
    console.log(
      `\nA worker that trains it on wasm takes ${peak.toFixed(0)} MiB at most: ${fits ? 'within' : 'more than'} the ${WORKER_MIB} MiB aimed at.`,
    );
    isGood &&= fits;
  }
  process.exitCode = isGood ? 0 : 1;
}

/** Trains in intervals, prints a line for each; whether the second half left memory and tensors where they were. */
async function staysFlat(
  engine: EngineProcess,
  steps: number,
): Promise<boolean> {
  console.log(`\n${engine.title}`);
  const resident: number[] = [];
  const tensors: number[] = [];
  const onGpu: number[] = [];
  for (let interval = 1; interval <= INTERVALS; interval++) {
    const upTo = Math.round((steps * interval) / INTERVALS);
    const before = Math.round((steps * (interval - 1)) / INTERVALS);
    const now = await engine.run(upTo - before);
    resident.push(now.residentMiB);
    tensors.push(now.tensors ?? Number.NaN);
    onGpu.push(now.gpuMiB ?? 0);
    const gpu =
      onGpu.at(-1) === 0 ? '' : `, ${onGpu.at(-1)!.toFixed(1)} MiB on the GPU`;
    console.log(
      `  ${String(upTo).padStart(6)} steps  ${now.residentMiB.toFixed(1).padStart(7)} MiB  ${now.tensors} tensors${gpu}`,
    );
  }
  const middle = Math.floor(INTERVALS / 2) - 1;
  const gained = resident.at(-1)! - resident[middle]!;
  const more = tensors.at(-1)! - tensors[0]!;
  const gainedOnGpu = onGpu.at(-1)! - onGpu[middle]!;
  const isFlat = gained <= SLACK_MIB && more === 0 && gainedOnGpu === 0;
  console.log(
    `  ${isFlat ? 'flat' : 'NOT FLAT'}: ${gained.toFixed(1)} MiB more in the second half${onGpu.at(-1) === 0 ? '' : `, ${gainedOnGpu.toFixed(1)} MiB more on the GPU`}; ${more} tensors more in all`,
  );
  return isFlat;
}
