import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  comparePlans,
  type PlanComparison,
} from '../../src/engine/compare-plans.ts';
import { readRecord } from '../../src/worker/record.ts';
import type { NodeSpec } from '../support/make-plan.ts';
import { Rig, type NodeFinished } from '../support/rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Specs = Readonly<Record<string, Partial<NodeSpec>>>;

const CHAIN = {
  source: {},
  other: { params: { setting: 9 } },
  'train[loss=a]': { inputs: { data: 'source' } },
  'train[loss=b]': { inputs: { data: 'source' } },
  'probe[loss=a]': { inputs: { model: 'train[loss=a]' } },
  'probe[loss=b]': { inputs: { model: 'train[loss=b]' } },
  summary: { inputs: { rows: ['probe[loss=a]', 'probe[loss=b]'] } },
} as const satisfies Specs;

const compare = (
  rig: Rig,
  before: Specs,
  now: Specs,
): Promise<PlanComparison> =>
  comparePlans({
    before: rig.plan(before),
    now: rig.plan(now),
    registry: rig.registry,
    store: rig.store,
  });

/** Node -> state and reason, of all nodes that are not the same. */
async function changes(
  before: Specs,
  now: Specs,
  rig = new Rig(),
): Promise<Readonly<Record<string, string>>> {
  const { nodes } = await compare(rig, before, now);
  return Object.fromEntries(
    nodes
      .filter(({ state }) => state !== 'same')
      .map(({ node, state, reason }) => [node, `${state}: ${reason}`]),
  );
}

/** Nodes under the `id`s that others have, one by one, so that only their names differ from them. */
const withIds = (specs: Specs, ids: Specs = specs): Specs =>
  Object.fromEntries(
    Object.entries(specs).map(([name, spec], index) => [
      name,
      {
        ...spec,
        params: { ...spec.params, id: Object.keys(ids)[index] ?? name },
      },
    ]),
  );

test('a plan is the same as itself', async () => {
  assert.deepEqual(await changes(CHAIN, CHAIN), {});
});

test('a parameter changes its node, and affects all that is behind it', async () => {
  const now = {
    ...CHAIN,
    'train[loss=a]': { params: { setting: 5 }, inputs: { data: 'source' } },
  };
  assert.deepEqual(await changes(CHAIN, now), {
    'train[loss=a]': 'changed: params.setting 0 -> 5',
    'probe[loss=a]': 'affected: train[loss=a] changed',
    summary: 'affected: train[loss=a] changed',
  });
  const { nodes } = await compare(new Rig(), CHAIN, now);
  const train = nodes.find(({ node }) => node === 'train[loss=a]');
  assert.deepEqual(train?.differences, [
    { type: 'setting', part: 'params.setting', before: 0, now: 5 },
  ]);
});

test('a node that changed itself is not called affected, and keeps its causes', async () => {
  const { nodes } = await compare(new Rig(), CHAIN, {
    ...CHAIN,
    source: { params: { setting: 1 } },
    'probe[loss=a]': {
      params: { setting: 2 },
      inputs: { model: 'train[loss=a]' },
    },
  });
  assert.deepEqual(
    nodes.map(({ node, state, causes }) => [node, state, causes]),
    [
      ['source', 'changed', []],
      ['other', 'same', []],
      ['train[loss=a]', 'affected', ['source']],
      ['train[loss=b]', 'affected', ['source']],
      ['probe[loss=a]', 'changed', ['source']],
      ['probe[loss=b]', 'affected', ['source']],
      ['summary', 'affected', ['probe[loss=a]', 'source']],
    ],
  );
});

test('another input is a change of the node that names it', async () => {
  assert.deepEqual(
    await changes(CHAIN, {
      ...CHAIN,
      'train[loss=b]': { inputs: { data: 'other' } },
    }),
    {
      'train[loss=b]': 'changed: input data source -> other',
      'probe[loss=b]': 'affected: train[loss=b] changed',
      summary: 'affected: train[loss=b] changed',
    },
  );
  assert.deepEqual(
    await changes(CHAIN, {
      ...CHAIN,
      'train[loss=b]': { inputs: { images: ['source'] } },
      'probe[loss=b]': CHAIN['probe[loss=b]'],
    }),
    {
      'train[loss=b]':
        'changed: input data source -> nothing, input images nothing -> [source]',
      'probe[loss=b]': 'affected: train[loss=b] changed',
      summary: 'affected: train[loss=b] changed',
    },
  );
});

test('another input that does the same is no change', async () => {
  const twins = {
    a: { params: { id: 'twin' } },
    b: { params: { id: 'twin' } },
  };
  const fedBy = (data: string, setting: number): Specs => ({
    ...twins,
    last: { params: { setting }, inputs: { data } },
  });
  assert.deepEqual(await changes(fedBy('a', 0), fedBy('b', 0)), {});
  assert.deepEqual(await changes(fedBy('a', 0), fedBy('b', 1)), {
    last: 'changed: params.setting 0 -> 1',
  });
});

test('one node collected is not the same as one node', async () => {
  assert.deepEqual(
    await changes(
      { source: {}, last: { inputs: { data: 'source' } } },
      { source: {}, last: { inputs: { data: ['source'] } } },
    ),
    { last: 'changed: input data source -> [source]' },
  );
});

test('what collects is affected by members that come and go, and changed by a reference to others', async () => {
  const fewer = Object.fromEntries(
    Object.entries(CHAIN).filter(([name]) => name !== 'probe[loss=b]'),
  );
  assert.deepEqual(
    await changes(CHAIN, {
      ...fewer,
      summary: { inputs: { rows: ['probe[loss=a]'] } },
    }),
    {
      'probe[loss=b]': 'removed: is only in the old file',
      summary: 'affected: probe[loss=b] is gone',
    },
  );
  assert.deepEqual(
    await changes(
      { ...fewer, summary: { inputs: { rows: ['probe[loss=a]'] } } },
      CHAIN,
    ),
    {
      'probe[loss=b]': 'added: is only in the new file',
      summary: 'affected: probe[loss=b] is new',
    },
  );
  assert.deepEqual(
    await changes(CHAIN, {
      ...CHAIN,
      summary: { inputs: { rows: ['probe[loss=a]'] } },
    }),
    { summary: 'changed: members of input "rows": 1 gone' },
  );
  assert.deepEqual(
    await changes(CHAIN, {
      ...CHAIN,
      summary: { inputs: { rows: ['probe[loss=b]', 'probe[loss=a]'] } },
    }),
    { summary: 'changed: the order of input rows changed' },
  );
});

test('a family under another name is renamed, and what it feeds stays the same', async () => {
  const renamed = {
    source: CHAIN.source,
    other: CHAIN.other,
    'fit[loss=a]': CHAIN['train[loss=a]'],
    'fit[loss=b]': CHAIN['train[loss=b]'],
    'probe[loss=a]': { inputs: { model: 'fit[loss=a]' } },
    'probe[loss=b]': { inputs: { model: 'fit[loss=b]' } },
    summary: CHAIN.summary,
  };
  assert.deepEqual(await changes(withIds(CHAIN), withIds(renamed, CHAIN)), {
    'fit[loss=a]': 'renamed: was train[loss=a]',
    'fit[loss=b]': 'renamed: was train[loss=b]',
  });
  // Under a new name with another setting it is another family.
  const alsoChanged = {
    ...withIds(renamed, CHAIN),
    'fit[loss=b]': {
      params: { id: 'train[loss=b]', setting: 1 },
      inputs: { data: 'source' },
    },
  };
  assert.deepEqual(await changes(withIds(CHAIN), alsoChanged), {
    'fit[loss=a]': 'renamed: was train[loss=a]',
    'fit[loss=b]': 'added: is only in the new file',
    'train[loss=b]': 'removed: is only in the old file',
    'probe[loss=b]': 'changed: input model train[loss=b] -> fit[loss=b]',
    summary: 'affected: probe[loss=b] changed',
  });
});

test('an axis value under another name is seen by what collects it', async () => {
  const before = {
    'm[loss=a]': {},
    'm[loss=b]': {},
    last: { inputs: { rows: ['m[loss=a]', 'm[loss=b]'] } },
  };
  const now = {
    'm[loss=a]': {},
    'm[loss=c]': {},
    last: { inputs: { rows: ['m[loss=a]', 'm[loss=c]'] } },
  };
  assert.deepEqual(await changes(withIds(before), withIds(now, before)), {
    'm[loss=c]': 'renamed: was m[loss=b]',
    last: 'affected: m[loss=c] has another name',
  });
});

test('two nodes that do the same are renamed once each', async () => {
  const same = { params: { id: 'same' } };
  assert.deepEqual(await changes({ a: same, b: same }, { c: same }), {
    c: 'renamed: was a',
    b: 'removed: is only in the old file',
  });
});

test('times are those of results that the cache has, each counted once', async () => {
  const rig = new Rig();
  const nothing = await compare(rig, CHAIN, CHAIN);
  assert.equal(nothing.keptSeconds, null);
  assert.equal(nothing.lostSeconds, null);

  const { ends } = await rig.run(rig.plan(CHAIN));
  const took = (...nodes: readonly string[]): number =>
    nodes.reduce((sum, node) => sum + secondsOf(rig, ends[node]), 0);
  const now = {
    ...CHAIN,
    'train[loss=a]': { params: { setting: 5 }, inputs: { data: 'source' } },
  };
  const comparison = await compare(rig, CHAIN, now);
  const near = (actual: number | null | undefined, expected: number): void => {
    assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-9);
  };
  near(
    comparison.keptSeconds,
    took('source', 'other', 'train[loss=b]', 'probe[loss=b]'),
  );
  near(
    comparison.lostSeconds,
    took('train[loss=a]', 'probe[loss=a]', 'summary'),
  );
  const byName = new Map(
    comparison.nodes.map((one) => [one.node as string, one]),
  );
  assert.equal(byName.get('source')?.lostSeconds, null);
  near(byName.get('source')?.keptSeconds, took('source'));
  assert.equal(byName.get('summary')?.keptSeconds, null);
  near(byName.get('summary')?.lostSeconds, took('summary'));

  // Once the new one has run too, nothing is lost by taking it up again.
  await rig.run(rig.plan(now));
  const back = await compare(rig, now, CHAIN);
  near(back.keptSeconds, took(...Object.keys(CHAIN)));

  // `twin` does what `source` does: that time was spent once.
  const twin = { params: { id: 'source' } };
  const twice = await compare(rig, CHAIN, { ...CHAIN, twin });
  near(twice.keptSeconds, took(...Object.keys(CHAIN)));
});

function secondsOf(rig: Rig, end: NodeFinished | undefined): number {
  assert.ok(end?.key !== undefined && end.key !== null);
  const record = readRecord(rig.store, end.key);
  assert.ok(record.state === 'present');
  return record.value.seconds;
}

test('files count by what they hold, and by their paths where they cannot be read', async (context) => {
  const folder = temporaryFolder(context);
  const [first, moved, changed, missing, gone] = [
    ...['first', 'moved', 'changed', 'missing', 'gone'],
  ].map((name) => join(folder, name));
  assert.ok(first !== undefined && moved !== undefined);
  assert.ok(changed !== undefined && missing !== undefined);
  assert.ok(gone !== undefined);
  writeFileSync(first, 'bytes');
  writeFileSync(moved, 'bytes');
  writeFileSync(changed, 'other bytes');
  const reading = (file: string): Specs => ({ a: { params: { file } } });
  assert.deepEqual(await changes(reading(first), reading(moved)), {});
  assert.match(
    (await changes(reading(first), reading(changed)))['a'] ?? '',
    /^changed: file .*changed content [0-9a-f]{12}… -> content [0-9a-f]{12}…$/,
  );
  assert.deepEqual(await changes(reading(missing), reading(missing)), {});
  assert.match(
    (await changes(reading(missing), reading(gone)))['a'] ?? '',
    /^changed: params\.file "/,
  );
  assert.match(
    (await changes(reading(first), reading(gone)))['a'] ?? '',
    /^changed: params\.file "/,
  );
});
