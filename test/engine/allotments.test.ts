import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Allotments,
  findUnavailable,
  type RunBudget,
} from '../../src/engine/allotments.ts';
import { Registry } from '../../src/kind/registry.ts';
import type { Resources } from '../../src/kind/resources.ts';
import type { PlannedNode } from '../../src/pipeline/plan.ts';
import type { BackendName } from '../../src/tensor/backend.ts';
import { makePlan, nodeName } from '../support/make-plan.ts';
import { testKinds } from '../support/test-kinds.ts';

const GPU_KIND = 'sum';
const registry = new Registry(
  testKinds.map((kind) =>
    kind.name === GPU_KIND ? { ...kind, resources: { gpus: 1 } } : kind,
  ),
);
const BUDGET: RunBudget = {
  processors: 4,
  places: 4,
  gpus: ['0', '1'],
  memoryBytes: 8 * 2 ** 30,
};

function node(resources: Partial<Resources>, kind = 'value'): PlannedNode {
  const plan = makePlan(registry, { one: { kind, resources } });
  const planned = plan.nodes.get(nodeName('one'));
  assert.ok(planned);
  return planned;
}

const allotments = (
  budget: Partial<RunBudget> = {},
  backend: BackendName = 'wasm',
) => new Allotments({ budget: { ...BUDGET, ...budget }, registry, backend });

test('a node that asks for nothing takes a place and nothing else', () => {
  assert.deepEqual(allotments().of(node({})), {
    places: 1,
    needs: {},
    cpus: 1,
    gpus: 0,
  });
});

test('a node takes a place for each processor, and no more places than the run has', () => {
  assert.equal(allotments().of(node({ cpus: 3 })).places, 3);
  const few = allotments({ places: 2 }).of(node({ cpus: 3 }));
  assert.equal(few.places, 2);
  assert.equal(few.cpus, 3);
});

test('GPUs and memory are quantities of the run', () => {
  const { needs, gpus } = allotments().of(
    node({ gpus: 2, memoryBytes: 1 << 30 }),
  );
  assert.deepEqual(needs, { gpus: 2, memory: 1 << 30 });
  assert.equal(gpus, 2);
});

test('what a kind takes of GPUs it takes on a backend that has them, where the file says nothing', () => {
  const onGpu = allotments({}, 'tensorflow-gpu');
  assert.equal(onGpu.of(node({}, GPU_KIND)).gpus, 1);
  assert.equal(onGpu.of(node({ gpus: 0 }, GPU_KIND)).gpus, 0);
  assert.equal(onGpu.of(node({})).gpus, 0);
  assert.equal(allotments({}, 'tensorflow').of(node({}, GPU_KIND)).gpus, 0);
  const without = allotments({ gpus: [] }, 'tensorflow-gpu');
  assert.equal(without.of(node({}, GPU_KIND)).gpus, 0);
});

test('what can never be had is an error at its place, once for each family', () => {
  const nodes = [
    ['cpus', { cpus: 5 }],
    ['gpus', { gpus: 3 }],
    ['memory', { memoryBytes: 9 * 2 ** 30 }],
    ['fits', { cpus: 4, gpus: 2, memoryBytes: 8 * 2 ** 30 }],
  ] as const;
  const found = findUnavailable(
    nodes.flatMap(([family, resources]) => {
      const one = { ...node(resources), family };
      return [one, one];
    }),
    BUDGET,
  );
  assert.deepEqual(
    found.map(({ code, message }) => [code, message]),
    [
      [
        'RESOURCE_UNAVAILABLE',
        'A node of "cpus" needs 5 processors, and this run has 4 processors.',
      ],
      [
        'RESOURCE_UNAVAILABLE',
        'A node of "gpus" needs 3 GPUs, and this run has 2 GPUs.',
      ],
      [
        'RESOURCE_UNAVAILABLE',
        'A node of "memory" needs 9.0 GiB of memory, and this run has 8.0 GiB.',
      ],
    ],
  );
});

test('more processors than there are can be had where the user says so', () => {
  const five = [node({ cpus: 5 })];
  assert.equal(findUnavailable(five, { ...BUDGET, places: 5 }).length, 0);
  // Fewer places are no reason to refuse: it runs alone then.
  assert.equal(
    findUnavailable([node({ cpus: 4 })], { ...BUDGET, places: 1 }).length,
    0,
  );
});
