import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupNodes } from '../../src/cli/group-nodes.ts';
import type { NodeName } from '../../src/pipeline/plan.ts';

const grouped = (
  ...said: readonly (readonly [node: string, reason: string])[]
): readonly (readonly [string, string])[] =>
  groupNodes(
    said.map(([node, reason]) => ({
      ...{ node: node as NodeName, state: 'renamed', reason },
    })),
    () => undefined,
  ).map(({ label, reason }) => [label, reason]);

test('the reason of a group has the coordinates that all of its members name', () => {
  assert.deepEqual(
    grouped(
      ['t[loss=new,seed=0]', 'was t[loss=old,seed=0]'],
      ['t[loss=new,seed=1]', 'was t[loss=old,seed=1]'],
    ),
    [['t[loss,seed]  2 nodes', 'was t[loss=old,…]']],
  );
  assert.deepEqual(
    grouped(
      ['f[seed=0]', 'weights [1,2] of t[seed=0] and d[size=2] changed'],
      ['f[seed=1]', 'weights [1,2] of t[seed=1] and d[size=2] changed'],
    ),
    [['f[seed]  2 nodes', 'weights [1,2] of t[…] and d[size=2] changed']],
  );
});
