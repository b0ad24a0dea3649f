import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { makePlan } from '../support/make-plan.ts';
import { Rig } from '../support/rig.ts';
import { testKinds } from '../support/test-kinds.ts';

const LENGTH = 3 << 20;

/** A rig with an array of three chunks, what reads it, and what reads that, all computed. */
async function computed() {
  const rig = new Rig(testKinds);
  const planWith = (scale: number) =>
    makePlan(rig.registry, {
      data: { kind: 'array', params: { length: LENGTH } },
      total: { kind: 'sum', params: { scale }, inputs: { data: 'data' } },
      further: { kind: 'value', inputs: { x: ['total'] } },
    });
  const { ends } = await rig.run(planWith(1));
  const key = ends['data']?.key;
  assert.ok(key !== null && key !== undefined);
  return { rig, planWith, key };
}

type Computed = Awaited<ReturnType<typeof computed>>;

function change(
  map: Map<Digest, Uint8Array>,
  name: Digest | undefined,
  edit: (bytes: Uint8Array) => Uint8Array | undefined,
): void {
  const bytes = name === undefined ? undefined : map.get(name);
  assert.ok(name !== undefined && bytes !== undefined);
  const edited = edit(new Uint8Array(bytes));
  if (edited === undefined) map.delete(name);
  else map.set(name, edited);
}

const flipBit = (bytes: Uint8Array): Uint8Array => {
  bytes[bytes.length >> 1]! ^= 1;
  return bytes;
};
const remove = (): undefined => undefined;

/** The content that a record leads to. */
function contentOf({ rig, key }: Computed): Digest {
  const record = rig.store.read('records', key);
  assert.ok(record.state === 'present');
  const { content } = JSON.parse(Buffer.from(record.value).toString()) as {
    content: Digest;
  };
  return content;
}

/** Sealed JSON whose version is from the future. */
async function makeNewer(
  { rig, key }: Computed,
  table: 'records' | 'manifests',
): Promise<void> {
  const content = contentOf({ rig, key } as Computed);
  const value = (name: 'records' | 'manifests', at: Digest): Uint8Array => {
    const found = rig.store.read(name, at);
    assert.ok(found.state === 'present');
    if (name !== table) return found.value;
    const text = Buffer.from(found.value).toString();
    return Buffer.from(text.replace('"version":1', '"version":99'));
  };
  await rig.store.put({
    key,
    record: value('records', key),
    content,
    manifest: value('manifests', content),
    chunks: [],
    pointers: new Map(),
  });
}

const HIT = { data: 'hit', total: 'hit', further: 'hit' };

const DAMAGES: Readonly<
  Record<string, (made: Computed) => void | Promise<void>>
> = {
  'a record with a flipped bit': ({ rig, key }) => {
    change(rig.tables.records, key, flipBit);
  },
  'a record that is cut short': ({ rig, key }) => {
    change(rig.tables.records, key, (bytes) => bytes.subarray(0, 40));
  },
  'a record of a newer version': (made) => makeNewer(made, 'records'),
  'a manifest with a flipped bit': (made) => {
    change(made.rig.tables.manifests, contentOf(made), flipBit);
  },
  'a manifest that is missing': (made) => {
    change(made.rig.tables.manifests, contentOf(made), remove);
  },
  'a manifest of a newer version': (made) => makeNewer(made, 'manifests'),
  'a chunk that is missing': ({ rig }) => {
    change(rig.tables.chunks, [...rig.tables.chunks.keys()][1], remove);
  },
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`${what} is a miss with a warning, mended by the run`, async () => {
    const made = await computed();
    const { rig, planWith } = made;
    await damage(made);
    const again = await rig.run(planWith(1));
    // The same bytes again, so nothing behind it runs.
    assert.deepEqual(again.outcomes, { ...HIT, data: 'ran' });
    assert.equal(again.warnings.length, 1);
    assert.match(
      again.warnings[0] ?? '',
      /^The result of data in the cache is damaged \(.+\); it is computed anew\.$/,
    );
    assert.match(
      again.ends['data']?.reason ?? '',
      /^its result in the cache is damaged: /,
    );
    const third = await rig.run(planWith(1));
    assert.deepEqual(third.outcomes, HIT);
    assert.deepEqual(third.warnings, []);
  });
}

for (const [what, edit] of [
  ['with a flipped bit', flipBit],
  ['that is cut short', (bytes: Uint8Array) => bytes.subarray(0, 100)],
] as const) {
  test(`a chunk ${what} is found before a node reads it, and its node runs anew`, async () => {
    const { rig, planWith } = await computed();
    change(rig.tables.chunks, [...rig.tables.chunks.keys()][2], edit);
    const again = await rig.run(planWith(2));
    assert.deepEqual(again.outcomes, {
      data: 'ran',
      total: 'ran',
      further: 'ran',
    });
    assert.equal(again.warnings.length, 1);
    assert.match(again.ends['data']?.reason ?? '', /damaged: a chunk of it/);
    // The right sum over bytes that were mended: index modulo 251.
    const total = Array.from(
      { length: LENGTH },
      (_, index) => index % 251,
    ).reduce((sum, byte) => sum + byte, 0);
    const value = [...rig.tables.manifests.values()]
      .map((bytes) => Buffer.from(bytes).toString())
      .some((text) => text.includes(`{"sum":${2 * total}}`));
    assert.ok(value);
    assert.deepEqual((await rig.run(planWith(2))).outcomes, HIT);
  });
}

test('a result whose chunks are sound is a hit for a node that runs', async () => {
  const { rig, planWith } = await computed();
  const again = await rig.run(planWith(2));
  assert.deepEqual(again.outcomes, {
    data: 'hit',
    total: 'ran',
    further: 'ran',
  });
  assert.deepEqual(again.warnings, []);
});

test('a damaged pointer costs nothing but the comparison in a reason', async () => {
  const { rig, planWith } = await computed();
  for (const name of rig.tables.pointers.keys()) {
    change(rig.tables.pointers, name, flipBit);
  }
  assert.deepEqual((await rig.run(planWith(1))).outcomes, HIT);
  for (const name of rig.tables.pointers.keys()) {
    change(rig.tables.pointers, name, flipBit);
  }
  const { ends } = await rig.run(planWith(2));
  assert.equal(ends['total']?.outcome, 'ran');
  assert.notEqual(ends['total'].reason, '');
});
