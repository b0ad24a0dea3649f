import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planStates } from '../../src/engine/plan-states.ts';
import type { Plan } from '../../src/pipeline/plan.ts';
import { readRecord } from '../../src/worker/record.ts';
import { nodeName } from '../support/make-plan.ts';
import { Rig } from '../support/rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CHAIN = {
  source: {},
  'train[loss=a]': { inputs: { data: ['source'] } },
  'train[loss=b]': { inputs: { data: ['source'] } },
  summary: { inputs: { rows: ['train[loss=a]', 'train[loss=b]'] } },
};

/** Node -> its state and reason. */
async function statesOf(
  { store, registry }: Rig,
  plan: Plan,
): Promise<Readonly<Record<string, string>>> {
  const states = await planStates({ plan, registry, store });
  return Object.fromEntries(
    states.map(({ node, state, reason }) => [node, `${state}: ${reason}`]),
  );
}

test('with nothing in the cache everything will run, and that is known', async () => {
  const rig = new Rig();
  const never = 'run: never run with these parameters';
  assert.deepEqual(await statesOf(rig, rig.plan(CHAIN)), {
    source: never,
    'train[loss=a]': never,
    'train[loss=b]': never,
    summary: never,
  });
  assert.deepEqual(rig.control.calls, []);
});

test('what was computed is a hit, what changed runs, and what is behind it is not known', async () => {
  const rig = new Rig();
  await rig.run(rig.plan(CHAIN));
  const hit = 'hit: inputs, parameters and kind are as in an earlier run';
  assert.deepEqual(
    await statesOf(
      rig,
      rig.plan({
        ...CHAIN,
        'train[loss=a]': {
          params: { setting: 5 },
          inputs: { data: ['source'] },
        },
      }),
    ),
    {
      source: hit,
      'train[loss=a]': 'run: params.setting 0 -> 5',
      'train[loss=b]': hit,
      summary: 'unknown: depends on what train[loss=a] yields',
    },
  );
  const sourceChanged = await statesOf(
    rig,
    rig.plan({ ...CHAIN, source: { params: { setting: 5 } } }),
  );
  assert.equal(
    sourceChanged['summary'],
    'unknown: depends on what train[loss=a] and 1 more yield',
  );
});

test('the plan agrees with the run that follows it', async () => {
  const rig = new Rig();
  await rig.run(rig.plan(CHAIN));
  rig.control.yields('source', { other: 'bytes' });
  const plan = rig.plan({
    ...CHAIN,
    source: { params: { setting: 1 } },
    'train[loss=b]': { params: { setting: 1 }, inputs: { data: ['source'] } },
  });
  const states = await planStates({
    plan,
    store: rig.store,
    registry: rig.registry,
  });
  const { outcomes } = await rig.run(plan);
  for (const { node, state } of states) {
    if (state === 'run') assert.equal(outcomes[node], 'ran');
    if (state === 'hit') assert.equal(outcomes[node], 'hit');
  }
  assert.deepEqual(
    states.map(({ state }) => state),
    ['run', 'unknown', 'run', 'unknown'],
  );
});

test('a file that is missing is said, and the rest is planned', async (context) => {
  const rig = new Rig();
  const file = join(temporaryFolder(context), 'file');
  const plan = rig.plan({ a: { params: { file } }, b: {} });
  assert.deepEqual(await statesOf(rig, plan), {
    a: `unknown: The file "${file}" can't be read: it does not exist.`,
    b: 'run: never run with these parameters',
  });
  writeFileSync(file, '');
  assert.match((await statesOf(rig, plan))['a'] ?? '', /^run: /);
});

test('only what is asked for is planned, with what it needs', async () => {
  const rig = new Rig();
  const states = await planStates({
    plan: rig.plan(CHAIN),
    only: new Set([nodeName('train[loss=b]')]),
    store: rig.store,
    registry: rig.registry,
  });
  assert.deepEqual(
    states.map(({ node, kind }) => [node, kind]),
    [
      ['source', 'controlled'],
      ['train[loss=b]', 'controlled'],
    ],
  );
});

test('times come from the last run of the node, else of its family, else of its kind, else they are not known', async () => {
  const rig = new Rig();
  const secondsOf = async (plan: Plan) =>
    new Map(
      (
        await planStates({ plan, store: rig.store, registry: rig.registry })
      ).map(({ node, seconds }) => [node as string, seconds]),
    );
  const fresh = await secondsOf(rig.plan(CHAIN));
  assert.deepEqual([...fresh.values()], [null, null, null, null]);

  const { ends } = await rig.run(rig.plan(CHAIN));
  const took = (node: string): number => {
    const key = ends[node]?.key;
    assert.ok(key !== null && key !== undefined);
    const record = readRecord(rig.store, key);
    assert.ok(record.state === 'present');
    return record.value.seconds;
  };
  const mean = (...nodes: readonly string[]): number => {
    const seconds = nodes.map(took);
    return seconds.reduce((sum, one) => sum + one, 0) / seconds.length;
  };
  const changed = rig.plan({
    ...CHAIN,
    'train[loss=a]': { params: { setting: 1 }, inputs: { data: ['source'] } },
    'train[loss=c]': { inputs: { data: ['source'] } },
    'other[loss=d]': {},
  });
  const after = await secondsOf(changed);
  assert.equal(after.get('source'), 0);
  assert.equal(after.get('train[loss=a]'), took('train[loss=a]'));
  assert.equal(
    after.get('train[loss=c]'),
    mean('train[loss=a]', 'train[loss=b]'),
  );
  assert.ok(
    Math.abs(
      (after.get('other[loss=d]') ?? NaN) -
        mean('source', 'train[loss=a]', 'train[loss=b]', 'summary'),
    ) < 1e-12,
  );
});
