import { benchEngine } from './engine.ts';
import { benchKills } from './kills.ts';
import { benchMeasures } from './measures.ts';
import { benchMemory } from './memory.ts';
import { benchTraining } from './training.ts';

/** Benchmarks by name: `npm run bench -- NAME`. */
const BENCHMARKS: Readonly<
  Record<string, (args: readonly string[]) => Promise<void>>
> = {
  engine: benchEngine,
  kills: benchKills,
  measures: benchMeasures,
  memory: benchMemory,
  training: benchTraining,
};

const [name = '', ...args] = process.argv.slice(2);
const benchmark = BENCHMARKS[name];
if (benchmark) {
  await benchmark(args);
} else {
  console.error(
    `There is no benchmark "${name}". Known: ${Object.keys(BENCHMARKS).join(', ')}.`,
  );
  process.exitCode = 2;
}
