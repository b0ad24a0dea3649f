import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fillDefaults } from '../../../src/kind/fill-defaults.ts';
import { Training } from '../../../src/model/training.ts';
import {
  initialState,
  type TrainingPlan,
  type TrainingState,
} from '../../../src/model/training-state.ts';
import { drawWeights } from '../../../src/model/weights.ts';
import { examplesOf } from '../../../src/model/batches.ts';
import {
  bindObjective,
  objectiveSettings,
  type ObjectiveSetting,
} from '../../../src/ops/loss/bind-objective.ts';
import { openBackend } from '../../../src/tensor/backend.ts';
import type { LayerOps } from '../../../src/tensor/layer-ops.ts';
import { bars, tinyNetwork } from '../tiny.ts';

/** Steps that are compared: enough for momentum, the running statistics and a rate that changes. */
export const STEPS = 6;

/** The trained objectives with their default settings. */
export const trainedObjectives = Object.keys(objectiveSettings).filter(
  (name) => name !== 'untrained',
) as readonly (keyof typeof objectiveSettings)[];

/** A training of `STEPS` steps, two epochs. */
export function planOf(
  name: keyof typeof objectiveSettings,
  settings: Partial<TrainingPlan> = {},
): TrainingPlan {
  const source = bars({ examples: 24, seed: 1 });
  return {
    network: tinyNetwork(),
    objective: bindObjective({
      ...(fillDefaults(objectiveSettings[name], {}) as object),
      type: name,
    } as ObjectiveSetting),
    source,
    examples: examplesOf({ start: 0, end: 24 }),
    seed: 3,
    purpose: 'test',
    epochs: 2,
    batch: 8,
    // Its loss is some fifty times as large: at the rate of the others it would diverge, and rounding with it.
    rate: name === 'squared-error' ? 0.0005 : 0.02,
    warmUp: 1,
    schedule: { type: 'cosine' },
    momentum: 0.9,
    weightDecay: 1e-3,
    augmentation: { shift: 1, flip: true },
    ...settings,
  };
}

/** The state before the first step. */
export const startOf = (plan: TrainingPlan): TrainingState =>
  initialState(
    plan,
    drawWeights(plan.network.weights, plan.seed, plan.purpose),
  );

/** Goes on to the end of a plan. */
export async function finish(
  plan: TrainingPlan,
  layers: LayerOps,
  state = startOf(plan),
): Promise<TrainingState> {
  const training = new Training(plan, layers, state);
  try {
    while (!training.isFinished) {
      training.advance();
      if (training.isBetweenEpochs) await training.read();
    }
    return await training.state();
  } finally {
    training.dispose();
  }
}

/** All arrays of a state, end to end. */
export const numbersIn = ({ weights, velocities }: TrainingState): number[] =>
  [weights, velocities].flatMap((arrays) =>
    Object.keys(arrays)
      .sort()
      .flatMap((name) => [...arrays[name]!]),
  );

/** What every objective comes to on the embedded backend: in another process, since each has one backend. */
export function endsOnWasm(): Readonly<Record<string, readonly number[]>> {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [import.meta.filename],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Record<string, number[]>;
}

if (import.meta.filename === process.argv[1]) {
  const { layers } = await openBackend('wasm');
  const ends: Record<string, number[]> = {};
  for (const name of trainedObjectives) {
    ends[name] = numbersIn(await finish(planOf(name), layers));
  }
  process.stdout.write(JSON.stringify(ends));
}
