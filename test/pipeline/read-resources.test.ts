import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_RESOURCES } from '../../src/kind/resources.ts';
import { loadPlan } from '../../src/pipeline/load-plan.ts';
import type { NodeName } from '../../src/pipeline/plan.ts';
import { projectRoot } from '../support/project.ts';
import { fakeRegistry } from '../support/fake-kinds.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SAMPLE = join(projectRoot, 'test/samples/resources/pipeline.yaml');

function resourcesOf(
  file: string,
  node: string,
  overlays: { profiles?: readonly string[]; sets?: readonly string[] } = {},
) {
  const loaded = loadPlan({
    file,
    profiles: overlays.profiles ?? [],
    sets: overlays.sets ?? [],
    registry: fakeRegistry(),
  });
  assert.ok(loaded.ok);
  const planned = loaded.value.plan.nodes.get(node as NodeName);
  assert.ok(planned);
  return planned;
}

test('resources are read with their units, and their places are kept', () => {
  const { resources, spans } = resourcesOf(SAMPLE, 'one');
  assert.deepEqual(resources, {
    cpus: 2,
    gpus: 1,
    memoryBytes: 4 * 2 ** 30,
    timeMs: 90 * 60_000,
    retries: 2,
    backoffMs: 10_000,
  });
  const at = spans.resources.memoryBytes;
  assert.equal(at?.file.text.slice(at.start, at.end), '4GiB');
});

test('a family that says nothing has what its kind takes', () => {
  const { resources, spans } = resourcesOf(SAMPLE, 'data');
  assert.deepEqual(resources, DEFAULT_RESOURCES);
  assert.deepEqual(spans.resources, {});
});

test('profiles and --set change resources one by one; null takes one away', () => {
  const { resources } = resourcesOf(SAMPLE, 'one', {
    profiles: ['small'],
    sets: ['one.resources.cpus=4'],
  });
  assert.equal(resources.memoryBytes, 500e6);
  assert.equal(resources.gpus, null);
  assert.equal(resources.cpus, 4);
  assert.equal(resources.retries, 2);
});

test('nothing under the key is as good as no key', (context) => {
  const file = join(temporaryFolder(context), 'a.yaml');
  writeFileSync(
    file,
    'pipeline: 1\nname: a\nnodes:\n  data: { kind: source, resources: }\n',
  );
  assert.deepEqual(resourcesOf(file, 'data').resources, DEFAULT_RESOURCES);
});
