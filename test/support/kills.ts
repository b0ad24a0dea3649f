import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { LmdbRows } from '../../src/cache/lmdb-rows.ts';
import { programsIn } from '../../src/cache/leases.ts';
import { openStore } from '../../src/cache/open-store.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { readRecord } from '../../src/worker/record.ts';
import type { NodeSpec } from './make-plan.ts';
import { childrenOf, isRunning } from './processes.ts';
import { startProgram } from './program.ts';

/** Nodes in a round, some layers deep, a few with arrays of several chunks. */
const NODES = 120;
/** Behind this many a node has another one's result as its input. */
const WIDTH = 12;
/** A worker whose program was killed ends within this time (design, section 9). */
const ORPHAN_LIMIT_MS = 5000;

/** A graph of nodes that each leave a line in a file when they are computed. */
export const countedNodes = (
  file: string,
  count: number,
): Readonly<Record<string, NodeSpec>> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, id): [string, NodeSpec] => [
      `n[i=${id}]`,
      {
        kind: 'count',
        params: { file, id, length: id % 20 === 0 ? 5 << 20 : 0 },
        inputs: { x: id < WIDTH ? [] : [`n[i=${id - WIDTH}]`] },
      },
    ]),
  );

/** What has been computed, in order, a line for each time. */
export function computations(file: string): readonly string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

/** Run key -> content of everything in a cache. */
export async function contentsOf(
  folder: string,
): Promise<ReadonlyMap<Digest, Digest>> {
  await using store = await openStore({ folder, readOnly: true });
  return new Map(
    store.digests('records').map((key) => {
      const record = readRecord(store, key);
      if (record.state !== 'present') throw new Error('a damaged record');
      return [key, record.value.content];
    }),
  );
}

/** Names of what programs have left in the rows of a cache. */
export async function leftIn(folder: string): Promise<readonly string[]> {
  const rows = await LmdbRows.open({ folder, readOnly: true });
  if (rows === null) return [];
  const names = rows.look((all) => [
    ...programsIn(all).map(({ identity }) => identity.id),
    ...all.names('lease '),
  ]);
  await rows[Symbol.asyncDispose]();
  return names;
}

/** What came of a number of kills. */
export interface KillsReport {
  readonly kills: number;
  /** Kills by what was killed. */
  readonly targets: Readonly<Record<'program' | 'worker' | 'group', number>>;
  /** Computations beyond one for each node: what was lost in a kill. */
  readonly computedAgain: number;
  /** What should not be, in sentences. */
  readonly faults: readonly string[];
}

/**
 * Runs a pipeline again and again on one cache, each time killing the program, one of its workers or all of its group
 * after a random time; whenever all nodes are there, the cache is compared with one that nobody disturbed, and a new round
 * begins.
 *
 * @param options.seed of the random moments and targets.
 */
export async function killAtRandom(options: {
  readonly folder: string;
  readonly kills: number;
  readonly seed: number;
}): Promise<KillsReport> {
  const { folder } = options;
  const random = numbers(options.seed);
  const faults: string[] = [];
  const targets = { program: 0, worker: 0, group: 0 };
  let kills = 0;
  let computedAgain = 0;
  for (let round = 0; kills < options.kills; round++) {
    const cache = join(folder, `cache-${round}`);
    const counted = join(folder, `counted-${round}`);
    const specs = countedNodes(counted, NODES);
    const file = join(folder, 'specs.json');
    const said = new Set<string>();
    const start = () => startProgram({ specs, file, cache });
    for (let isWhole = false; !isWhole && kills < options.kills;) {
      const program = start();
      const { pid = 0 } = program.child;
      // One in five while it starts, the others while nodes are computed and stored.
      const isEarly = random() < 0.2;
      const hasBegun = () =>
        program.events.some(({ type }) => type === 'node-started');
      while (!isEarly && !hasBegun() && program.child.exitCode === null) {
        await setTimeout(5);
      }
      await Promise.race([program.closed, setTimeout(random() * 500)]);
      const workers = childrenOf(pid);
      if (program.child.exitCode === null) {
        kills++;
        const target = (['program', 'worker', 'group'] as const)[
          Math.floor(random() * 3)
        ];
        const worker = workers[Math.floor(random() * workers.length)];
        if (target === 'worker' && worker !== undefined) {
          targets.worker++;
          kill(worker);
          // It goes on by itself, and is killed a little later if it is not through by then.
          await Promise.race([program.closed, setTimeout(random() * 600)]);
        } else targets[target === 'group' ? 'group' : 'program']++;
        kill(target === 'group' ? -pid : pid);
      }
      const code = await program.closed;
      isWhole = code === 0;
      for (const event of program.events) {
        if (event.type !== 'node-finished') continue;
        if (event.outcome === 'failed') {
          faults.push(`${event.node} failed: ${event.reason}`);
        }
        if (event.outcome === 'ran' && said.has(event.node)) {
          faults.push(`${event.node} ran again after it was said to have run`);
        }
        if (event.outcome === 'ran') said.add(event.node);
      }
      await orphansOf(workers, faults);
    }
    const last = start();
    if ((await last.closed) !== 0) faults.push('the last run did not end well');
    computedAgain += computations(counted).length - NODES;
    faults.push(...(await leftIn(cache)).map((name) => `left: ${name}`));
    faults.push(...(await differences(folder, cache, specs)));
  }
  return { kills, targets, computedAgain, faults };
}

/** Numbers in [0, 1), the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

async function orphansOf(
  workers: readonly number[],
  faults: string[],
): Promise<void> {
  const deadline = performance.now() + ORPHAN_LIMIT_MS;
  while (workers.some(isRunning) && performance.now() < deadline) {
    await setTimeout(20);
  }
  for (const pid of workers.filter(isRunning)) {
    faults.push(`the worker ${pid} outlived its program`);
  }
}

/** How a cache differs from one in which the same nodes ran undisturbed. */
async function differences(
  folder: string,
  cache: string,
  specs: Readonly<Record<string, NodeSpec>>,
): Promise<readonly string[]> {
  const calm = `${cache}-undisturbed`;
  const program = startProgram({
    specs,
    file: join(folder, 'calm.json'),
    cache: calm,
  });
  if ((await program.closed) !== 0) return ['the undisturbed run failed'];
  const [expected, found] = [await contentsOf(calm), await contentsOf(cache)];
  return [...new Set([...expected.keys(), ...found.keys()])]
    .filter((key) => expected.get(key) !== found.get(key))
    .map((key) => `what is under ${key} differs from an undisturbed run's`);
}
