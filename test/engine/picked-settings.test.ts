import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import { comparePlans } from '../../src/engine/compare-plans.ts';
import { findShorter } from '../../src/engine/courses.ts';
import { inputNodes, neededNodes } from '../../src/engine/needed-nodes.ts';
import type { NodeName, Plan } from '../../src/pipeline/plan.ts';
import { withAncestors } from '../../src/pipeline/select-nodes.ts';
import { fakeRegistry } from '../support/fake-kinds.ts';
import { planOf } from '../support/plan-of.ts';

const TEXT = `
pipeline: 1
name: picks
axes:
  rate: [0.1, 0.2]
  flip: [false, true]
nodes:
  data: { kind: source }
  tried[rate, flip]: { kind: train, inputs: { data: data }, params: { rate: '\${rate}', flip: '\${flip}', epochs: 2 } }
  best: { kind: tune, inputs: { candidates: 'tried[rate=*, flip=*]' }, params: { over: [rate, flip] } }
  final: { kind: train, inputs: { data: data }, settings: best, params: { rate: '\${rate}', label: a, epochs: 4 } }
  early: { kind: extract, inputs: { model: final@epoch=2, data: data } }
`;

const named = (name: string) => name as NodeName;

/** Node -> state and reason, of all nodes that are not the same. */
async function changes(
  before: Plan,
  now: Plan,
): Promise<Readonly<Record<string, string>>> {
  const store = new MemoryStore();
  const registry = fakeRegistry();
  const { nodes } = await comparePlans({ before, now, registry, store });
  return Object.fromEntries(
    nodes
      .filter(({ state }) => state !== 'same')
      .map(({ node, state, reason }) => [node, `${state}: ${reason}`]),
  );
}

const edited = (from: string, to: string): Plan => {
  const text = TEXT.replace(from, to);
  assert.notEqual(text, TEXT);
  return planOf(text);
};

test('a node needs the one that picks its settings, and all candidates', () => {
  const plan = planOf(TEXT);
  const final = plan.nodes.get(named('final'));
  assert.ok(final);
  assert.deepEqual(inputNodes(final), ['data', 'best']);
  // What is fed to it, and is in its key, is the data alone.
  assert.deepEqual(Object.keys(final.inputs), ['data']);
  const needed = neededNodes(plan, new Set([named('early')]));
  assert.equal(needed.length, plan.nodes.size - 1);
  assert.equal(withAncestors(plan, [named('final')]).size, plan.nodes.size - 2);
});

test('picks that parameters do not tell apart are one', () => {
  const final = planOf(TEXT).nodes.get(named('final'));
  assert.ok(final?.params === null);
  assert.deepEqual(final.picks.axes, ['rate']);
  assert.deepEqual([...final.picks.params.keys()], ['rate=0.1', 'rate=0.2']);
});

test('whatever is picked, a training goes on from where its epoch ends', () => {
  const plan = planOf(TEXT);
  const shorter = findShorter([...plan.nodes.values()], fakeRegistry());
  assert.equal(shorter.get(named('final')), 'final@epoch=2');
});

test('trainings for which different nodes pick do not wait for each other', () => {
  const plan = planOf(
    `${TEXT}  other: { kind: tune, inputs: { candidates: 'tried[rate=*, flip=false]' }, params: { over: [rate] } }
  longer: { kind: train, inputs: { data: data }, settings: other, params: { rate: '\${rate}', epochs: 9 } }
`,
  );
  const shorter = findShorter([...plan.nodes.values()], fakeRegistry());
  assert.equal(shorter.get(named('longer')), undefined);
});

test('another candidate affects what is picked, and changes nothing else', async () => {
  const now = edited('rate: [0.1, 0.2]', 'rate: [0.1, 0.2, 0.3]');
  const found = await changes(planOf(TEXT), now);
  assert.match(found['final'] ?? '', /^affected: tried\[rate=0\.3,/);
  assert.match(found['best'] ?? '', /^affected: /);
});

test('a parameter that is not picked changes its node by its value, once', async () => {
  assert.deepEqual(
    await changes(planOf(TEXT), edited('label: a', 'label: b')),
    {
      final: 'changed: params.label "a" -> "b"',
      'final@epoch=2': 'changed: params.label "a" -> "b"',
      early: 'affected: final@epoch=2 changed',
    },
  );
});

test('a value instead of a pick, and another axis of it, are changes', async () => {
  const literal = edited(
    "settings: best, params: { rate: '${rate}'",
    'params: { rate: 0.1',
  );
  const found = await changes(planOf(TEXT), literal);
  assert.equal(found['final'], 'changed: settings best -> nothing');
  const wider = edited(
    "{ rate: '${rate}', label",
    "{ rate: '${rate}', flip: '${flip}', label",
  );
  const more = await changes(planOf(TEXT), wider);
  assert.match(more['final'] ?? '', /^changed: picked axes/);
});

test('who picks may have another name', async () => {
  const renamed = planOf(TEXT.replaceAll('best', 'better'));
  assert.deepEqual(await changes(planOf(TEXT), renamed), {
    better: 'renamed: was best',
  });
});
