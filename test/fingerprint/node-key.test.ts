import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../src/fingerprint/digest.ts';
import {
  nodeKey,
  settingsDigest,
  type KeyParts,
} from '../../src/fingerprint/node-key.ts';

const content = (letter: string): Digest => letter.repeat(64) as Digest;

const PARTS: KeyParts = {
  kind: 'probe',
  version: 2,
  params: { grid: [1, 2], seed: 0 },
  files: [content('1'), content('2')],
  inputs: {
    data: content('a'),
    rows: [
      { coordinates: { loss: 'softmax', seed: '0' }, content: content('b') },
      { coordinates: { loss: 'softmax', seed: '1' }, content: content('c') },
    ],
  },
};

test('the key of a node never changes', () => {
  assert.equal(
    nodeKey(PARTS),
    'f293d6cec94dc560e16801de4f10106f201a96818bf7961c450156b40abee2b8',
  );
});

test('each part of a key changes it', () => {
  const [first, second] = PARTS.inputs['rows'] as never[];
  const changed: readonly KeyParts[] = [
    { ...PARTS, kind: 'finetune' },
    { ...PARTS, version: 3 },
    { ...PARTS, params: { grid: [1, 2], seed: 1 } },
    // Which file is the training split and which the test split.
    { ...PARTS, files: [content('2'), content('1')] },
    { ...PARTS, inputs: { ...PARTS.inputs, data: content('d') } },
    { ...PARTS, inputs: { ...PARTS.inputs, rows: [first as never] } },
    {
      ...PARTS,
      inputs: { ...PARTS.inputs, rows: [second as never, first as never] },
    },
    {
      ...PARTS,
      inputs: {
        ...PARTS.inputs,
        rows: [
          {
            coordinates: { loss: 'softmax', seed: '2' },
            content: content('b'),
          },
          second as never,
        ],
      },
    },
    {
      ...PARTS,
      inputs: { images: content('a'), rows: [first, second] as never },
    },
  ];
  const keys = new Set([PARTS, ...changed].map(nodeKey));
  assert.equal(keys.size, changed.length + 1);
});

test('what a member carries beside coordinates and content is not in the key', () => {
  const rows = (PARTS.inputs['rows'] as never[]).map((member) => ({
    ...(member as object),
    family: 'layers',
  }));
  assert.equal(
    nodeKey({ ...PARTS, inputs: { ...PARTS.inputs, rows: rows as never } }),
    nodeKey(PARTS),
  );
});

test('the digest of the settings leaves the inputs out and nothing else', () => {
  assert.equal(
    settingsDigest(PARTS),
    settingsDigest({ ...PARTS, inputs: {} } as KeyParts),
  );
  for (const other of [
    { ...PARTS, kind: 'x' },
    { ...PARTS, version: 3 },
    { ...PARTS, params: {} },
    { ...PARTS, files: [] },
  ]) {
    assert.notEqual(settingsDigest(other), settingsDigest(PARTS));
  }
});
