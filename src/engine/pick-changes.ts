import type { NodeName, PlannedNode } from '../pipeline/plan.ts';
import { differenceAt, findDifferences } from './describe-difference.ts';
import type { KeyDifference } from './key-differences.ts';

/**
 * Where the parameters of two versions of a node differ of which at least one has them from a pick: who picks, and what the
 * file makes of what both may pick. What one of them alone may pick is the picking node's change.
 *
 * @param newName the name in the new plan of a node of the old one.
 */
export function pickChanges(
  before: PlannedNode,
  now: PlannedNode,
  newName: (before: NodeName) => NodeName,
): readonly KeyDifference[] {
  const old = before.params === null ? before.picks : undefined;
  const fresh = now.params === null ? now.picks : undefined;
  const picker = differenceAt(
    'settings',
    old && newName(old.from),
    fresh && fresh.from,
  );
  const changes: KeyDifference[] = findDifferences(
    'kind',
    before.kind,
    now.kind,
  ).map((one) => ({ type: 'setting', ...one }));
  if (picker !== null) changes.push({ type: 'reference', ...picker });
  const params = new Map<string, KeyDifference>();
  for (const [name, own] of fresh?.params ?? []) {
    const earlier = old?.params.get(name);
    if (earlier === undefined) continue;
    for (const one of findDifferences('params', earlier, own)) {
      params.set(JSON.stringify(one), { type: 'setting', ...one });
    }
  }
  const axes = findDifferences(
    'picked axes',
    old && [...old.axes].sort(),
    fresh && [...fresh.axes].sort(),
  );
  return [
    ...changes,
    ...(picker === null ? axes : []).map((one): KeyDifference => ({
      type: 'setting',
      ...one,
    })),
    ...params.values(),
  ];
}
