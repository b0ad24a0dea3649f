import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Artifact } from '../../src/artifact/artifact.ts';
import type { AnyKind, Checkpoints } from '../../src/kind/kind.ts';
import { finetune } from '../../src/nodes/finetune.ts';
import { train } from '../../src/nodes/train.ts';
import { openBackend } from '../../src/tensor/backend.ts';
import { tf } from '../../src/tensor/tf.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { bars } from '../model/tiny.ts';
import { datasetOf } from '../support/images.ts';
import { asInput, runKind, type Heard } from '../support/run-kind.ts';

const data = datasetOf(bars({ examples: 60, seed: 2 }), {
  train: [0, 44],
  test: [44, 60],
});
const newTask = datasetOf(bars({ examples: 90, seed: 7 }), {
  train: [0, 32],
  tune: [32, 60],
  test: [60, 90],
});
const TRAIN = {
  loss: { type: 'dropout', keep: 0.7 },
  model: {
    type: 'resnet',
    stem: { width: 3 },
    widths: [3, 4],
    strides: [1, 2],
    blocks: [1, 1],
  },
  epochs: 3,
  batch: 8,
};

let model: Artifact<'model'>;
before(async () => {
  await openBackend('wasm');
  model = asInput(await runKind(train, { ...TRAIN, epochs: 1 }, { data }));
});

/** A state with the lines that were in the log when it was saved. */
interface Kept {
  readonly state: unknown;
  readonly lines: number;
}

/** Runs a kind that may save at every step, and keeps each state. */
async function runAndKeep<K extends AnyKind>(
  kind: K,
  params: JsonObject,
  inputs: Record<string, unknown>,
  from: unknown = null,
) {
  const heard: Heard = { progress: [], log: [] };
  const kept: Kept[] = [];
  const checkpoints: Checkpoints = {
    leave: () => undefined,
    load: () => Promise.resolve(from),
    isDue: () => true,
    save: (state) => {
      kept.push({ state: structuredClone(state), lines: heard.log.length });
      return Promise.resolve();
    },
  };
  const made = await runKind(kind, params, inputs, { heard, checkpoints });
  return { made, heard, kept };
}

/** From every state that a node can leave, it goes on to the same artifact, log and states. */
async function checkAllResumes(
  kind: AnyKind,
  params: JsonObject,
  inputs: Record<string, unknown>,
  leastStates: number,
): Promise<void> {
  const tensors = tf.memory().numTensors;
  const whole = await runAndKeep(kind, params, inputs);
  const plain: Heard = { progress: [], log: [] };
  assert.deepEqual(
    await runKind(kind, params, inputs, { heard: plain }),
    whole.made,
    'saving changes nothing',
  );
  assert.deepEqual(plain.log, whole.heard.log);
  assert.ok(whole.kept.length >= leastStates, String(whole.kept.length));
  const dones = whole.heard.progress.map(({ done }) => done);
  for (const [index, { state, lines }] of whole.kept.entries()) {
    const rest = await runAndKeep(kind, params, inputs, state);
    assert.deepEqual(rest.made, whole.made, `state ${index}`);
    assert.deepEqual(rest.heard.log, whole.heard.log.slice(lines));
    assert.deepEqual(
      rest.kept.map((one) => one.state).at(-1),
      whole.kept.at(-1)?.state,
    );
    // Told before the first step: where the state was saved. No step is taken twice.
    const resumed = rest.heard.progress.map(({ done }) => done);
    const from = dones.indexOf(resumed[0] ?? NaN);
    assert.ok(from >= 0 || dones.length === 0);
    assert.deepEqual(resumed, dones.slice(Math.max(0, from)));
  }
  assert.equal(tf.memory().numTensors, tensors);
}

test('train goes on from any of its states to the same model, metrics and log', async () => {
  // 5 steps an epoch; scoring adds one state a batch.
  await checkAllResumes(train, TRAIN, { data }, 15 + 2);
});

test('finetune goes on from any of its states, chosen or to be chosen from', async () => {
  const inputs = { model, data: newTask };
  const settings = { 'weight-decay': 1e-4, batch: 8 };
  // 4 steps an epoch, 7 in a refit; scoring adds a state.
  await checkAllResumes(
    finetune,
    { ...settings, length: { type: 'epochs', count: 2 } },
    inputs,
    8 + 1,
  );
  await checkAllResumes(
    finetune,
    { ...settings, length: { type: 'steps', count: 10 }, refit: true },
    inputs,
    10 + 1,
  );
});

test('the network of random features leaves nothing that could lead it astray', async () => {
  await checkAllResumes(
    train,
    { ...TRAIN, loss: { type: 'untrained' } },
    { data },
    1,
  );
});
