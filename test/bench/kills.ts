import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAtRandom } from '../support/kills.ts';

/**
 * `npm run bench -- kills [COUNT [SEED]]`: kills programs, workers and groups at random moments, 200 times where not said
 * otherwise, and says what of that could be seen afterwards.
 */
export async function benchKills(args: readonly string[]): Promise<void> {
  const [count = '200', seed = String(Date.now())] = args;
  const folder = mkdtempSync(join(tmpdir(), 'penultimate-kills-'));
  const started = performance.now();
  try {
    const report = await killAtRandom({
      folder,
      kills: Number(count),
      seed: Number(seed),
    });
    const { program, worker, group } = report.targets;
    const seconds = (performance.now() - started) / 1000;
    console.log(
      [
        `${report.kills} kills in ${seconds.toFixed(0)} s (seed ${seed}): ${program} of the program, ${worker} of a worker, ${group} of the group.`,
        `${report.computedAgain} computations were lost in a kill and done again.`,
        `${report.faults.length} faults: wrong or changed results, results lost, orphans, leases left, failed runs.`,
        ...report.faults,
      ].join('\n'),
    );
    process.exitCode = report.faults.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
