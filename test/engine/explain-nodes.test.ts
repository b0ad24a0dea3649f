import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  explainNodes,
  type Explanation,
} from '../../src/engine/explain-nodes.ts';
import { nodeName, type NodeSpec } from '../support/make-plan.ts';
import { Rig } from '../support/rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Specs = Readonly<Record<string, Partial<NodeSpec>>>;

const CHAIN = {
  source: {},
  'train[loss=a]': { inputs: { data: 'source' } },
  'train[loss=b]': { inputs: { data: 'source' } },
  summary: { inputs: { rows: ['train[loss=a]', 'train[loss=b]'] } },
} as const satisfies Specs;

async function explained(
  rig: Rig,
  specs: Specs,
  name: string,
): Promise<Explanation> {
  const explanations = await explainNodes({
    plan: rig.plan(specs),
    nodes: new Set([nodeName(name)]),
    registry: rig.registry,
    store: rig.store,
  });
  assert.deepEqual(
    explanations.map(({ node }) => node),
    [name],
  );
  const [only] = explanations;
  assert.ok(only !== undefined);
  return only;
}

test('a hit says which run computed it, and what its key is made of', async () => {
  const rig = new Rig();
  const { ends } = await rig.run(rig.plan(CHAIN));
  const summary = await explained(rig, CHAIN, 'summary');
  assert.equal(summary.state, 'hit');
  assert.equal(summary.key, ends['summary']?.key);
  assert.equal(summary.computed?.key, summary.key);
  assert.equal(summary.computed.node, 'summary');
  assert.equal(summary.computed.environment.node, process.versions.node);
  assert.match(summary.computed.finishedAt, /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.equal(summary.comparedWith, null);
  assert.deepEqual(summary.differences, []);
  assert.deepEqual(summary.waitsFor, []);
  assert.equal(summary.parts?.kind, 'controlled');
  assert.deepEqual(summary.parts.params, { id: 'summary', setting: 0 });
  const { rows } = summary.parts.inputs;
  assert.ok(rows !== undefined && !('node' in rows));
  assert.deepEqual(
    rows.map(({ node, coordinates }) => [node, coordinates]),
    [
      ['train[loss=a]', { loss: 'a' }],
      ['train[loss=b]', { loss: 'b' }],
    ],
  );
});

test('a node that would run is compared with its own last run, value against value', async () => {
  const rig = new Rig();
  await rig.run(rig.plan(CHAIN));
  const now = {
    ...CHAIN,
    'train[loss=a]': { params: { setting: 5 }, inputs: { data: 'source' } },
  };
  const train = await explained(rig, now, 'train[loss=a]');
  assert.equal(train.state, 'run');
  assert.equal(train.computed, null);
  assert.equal(train.comparedWith?.node, 'train[loss=a]');
  assert.notEqual(train.key, train.comparedWith.key);
  assert.deepEqual(train.differences, [
    { type: 'setting', part: 'params.setting', before: 0, now: 5 },
  ]);
  const summary = await explained(rig, now, 'summary');
  assert.equal(summary.state, 'unknown');
  assert.equal(summary.key, null);
  assert.deepEqual(summary.waitsFor, ['train[loss=a]']);
  assert.deepEqual(summary.differences, []);
});

test('inputs are compared by content, member by member', async () => {
  const rig = new Rig();
  await rig.run(rig.plan(CHAIN));
  const now = {
    source: {},
    'train[loss=a]': { params: { setting: 5 }, inputs: { data: 'source' } },
    'train[loss=c]': { inputs: { data: 'source' } },
    summary: { inputs: { rows: ['train[loss=a]', 'train[loss=c]'] } },
  };
  rig.control.yields('train[loss=a]', { other: 'bytes' });
  rig.control.yields('summary', new Error('not this time'));
  await rig.run(rig.plan(now));
  const summary = await explained(rig, now, 'summary');
  assert.equal(summary.state, 'run');
  assert.deepEqual(
    summary.differences.map(({ type, part }) => [type, part]),
    [
      ['content', 'input rows[loss=a]'],
      ['content', 'input rows[loss=b]'],
      ['content', 'input rows[loss=c]'],
    ],
  );
  const [changed, gone, fresh] = summary.differences;
  assert.ok(typeof changed?.before === 'string');
  assert.match(changed.before, /^[0-9a-f]{64}$/);
  assert.notEqual(changed.before, changed.now);
  assert.equal(gone !== undefined && 'now' in gone, false);
  assert.equal(fresh !== undefined && 'before' in fresh, false);
});

test('a node that never ran under its name is compared with the last run of its settings', async () => {
  const rig = new Rig();
  const same = { params: { id: 'same' }, inputs: { data: 'source' } };
  await rig.run(rig.plan({ source: {}, first: same }));
  rig.control.yields('source', { other: 'bytes' });
  const now = {
    source: { params: { setting: 1 } },
    second: same,
  };
  rig.control.yields('same', new Error('not this time'));
  await rig.run(rig.plan(now));
  const second = await explained(rig, now, 'second');
  assert.equal(second.comparedWith?.node, 'first');
  assert.deepEqual(
    second.differences.map(({ part }) => part),
    ['input data'],
  );
});

test('of two nodes with the same settings each is compared with its own last run', async () => {
  const rig = new Rig();
  const specs = (setting: number): Specs => ({
    left: { params: { setting } },
    right: { params: { setting } },
    first: { params: { id: 'same' }, inputs: { data: 'left' } },
    second: { params: { id: 'same' }, inputs: { data: 'right' } },
  });
  await rig.run(rig.plan(specs(0)));
  rig.control.yields('left', { other: 'left' });
  rig.control.yields('right', { other: 'right' });
  rig.control.yields('same', new Error('not this time'));
  await rig.run(rig.plan(specs(1)));
  for (const name of ['first', 'second']) {
    const { comparedWith } = await explained(rig, specs(1), name);
    assert.equal(comparedWith?.node, name);
  }
});

test('where no run is near there is nothing to compare with', async () => {
  const never = await explained(new Rig(), CHAIN, 'source');
  assert.equal(never.state, 'run');
  assert.equal(never.reason, 'never run with these parameters');
  assert.equal(never.comparedWith, null);
  assert.deepEqual(never.differences, []);
});

test('files are named by their paths and compared by what they hold', async (context) => {
  const rig = new Rig();
  const file = join(temporaryFolder(context), 'file');
  const specs = { a: { params: { file } } };
  const missing = await explained(rig, specs, 'a');
  assert.equal(missing.parts, null);
  assert.match(missing.reason, /does not exist/);
  writeFileSync(file, 'one');
  await rig.run(rig.plan(specs));
  writeFileSync(file, 'two');
  const changed = await explained(rig, specs, 'a');
  assert.equal(changed.state, 'run');
  assert.equal(changed.parts?.files[0]?.path, file);
  const [difference] = changed.differences;
  assert.equal(changed.differences.length, 1);
  assert.equal(difference?.part, `file ${file}`);
  assert.equal(difference.now, changed.parts.files[0].content);
  assert.notEqual(difference.now, difference.before);
});
