import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeDifferences } from '../../src/engine/describe-difference.ts';
import type { NodeSpec } from '../support/make-plan.ts';
import { Rig } from '../support/rig.ts';

/** The reason that the last node gives in a second run. */
async function reasonAfter(
  before: Readonly<Record<string, Partial<NodeSpec>>>,
  now: Readonly<Record<string, Partial<NodeSpec>>>,
  between: (rig: Rig) => void = () => undefined,
): Promise<string | undefined> {
  const rig = new Rig();
  await rig.run(rig.plan(before));
  between(rig);
  const { ends } = await rig.run(rig.plan(now));
  const last = Object.values(ends).at(-1);
  assert.equal(last?.outcome, 'ran');
  return last.reason;
}

const members = (...names: readonly string[]) => ({
  ...Object.fromEntries(names.map((name) => [name, {}])),
  last: { inputs: { rows: names } },
});

test('differences are listed by place, old value against new', () => {
  assert.deepEqual(
    describeDifferences(
      'params',
      { a: 1, b: { c: [1, 2], d: 'x' }, gone: true, same: [{ a: null }] },
      { a: 2, b: { c: [1, 3], d: 'x' }, fresh: null, same: [{ a: null }] },
    ),
    [
      'params.a 1 -> 2',
      'params.b.c[1] 2 -> 3',
      'params.fresh nothing -> null',
      'params.gone true -> nothing',
    ],
  );
  assert.deepEqual(describeDifferences('params', [1], [1, 2]), [
    'params [1] -> [1,2]',
  ]);
  assert.deepEqual(describeDifferences('params', {}, []), ['params {} -> []']);
  assert.deepEqual(describeDifferences('x', '', 'y'.repeat(60)), [
    `x "" -> "${'y'.repeat(39)}…`,
  ]);
});

test('a single input that changed is named', async () => {
  const rig = new Rig();
  const specs = { source: {}, last: { inputs: { data: 'source' } } };
  await rig.run(rig.plan(specs));
  rig.control.yields('source', { changed: true });
  const { ends } = await rig.run(
    rig.plan({ ...specs, source: { params: { setting: 1 } } }),
  );
  assert.equal(ends['last']?.reason, 'the content of input "data" changed');
});

test('a node is not told of changes that only set it apart from another one', async () => {
  const rig = new Rig();
  rig.control.yields('b', { other: true });
  const first = {
    a: { params: { setting: 1 } },
    'm[i=1]': { params: { id: 'same' }, inputs: { data: 'a' } },
  };
  await rig.run(rig.plan(first));
  const { ends } = await rig.run(
    rig.plan({
      ...first,
      b: { params: { setting: 2 } },
      'm[i=2]': { params: { id: 'same' }, inputs: { data: 'b' } },
    }),
  );
  assert.equal(ends['m[i=2]']?.reason, 'never run on these inputs');
});

test('members that came, went and changed are counted', async () => {
  const reason = await reasonAfter(
    members('m[i=1]', 'm[i=2]', 'm[i=3]'),
    {
      ...members('m[i=2]', 'm[i=3]', 'm[i=4]', 'm[i=5]'),
      'm[i=3]': { params: { setting: 1 } },
    },
    (rig) => {
      rig.control.yields('m[i=3]', { changed: true });
    },
  );
  assert.equal(reason, 'members of input "rows": 1 changed, 2 new, 1 gone');
});

test('a slot that is new or gone is named', async () => {
  assert.equal(
    await reasonAfter(members('m[i=1]'), {
      'm[i=1]': {},
      last: { inputs: { others: ['m[i=1]'] } },
    }),
    'input "others" is new, input "rows" is gone',
  );
});

test('a result that is no longer there says so', async () => {
  assert.equal(
    await reasonAfter({ a: {} }, { a: {} }, (rig) => {
      rig.tables.records.clear();
    }),
    'its earlier result is no longer in the cache',
  );
});

test('many differences are cut and counted', async () => {
  const rig = new Rig();
  const slots = (prefix: string) =>
    Object.fromEntries(
      [1, 2, 3, 4].map((index) => [`${prefix}${index}`, ['m[i=1]']]),
    );
  await rig.run(rig.plan({ 'm[i=1]': {}, last: { inputs: slots('a') } }));
  const { ends } = await rig.run(
    rig.plan({ 'm[i=1]': {}, last: { inputs: slots('b') } }),
  );
  assert.equal(
    ends['last']?.reason,
    'input "a1" is gone, input "a2" is gone, input "a3" is gone and 5 more changes',
  );
});
