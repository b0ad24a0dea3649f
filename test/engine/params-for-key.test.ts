import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { paramsForKey } from '../../src/engine/params-for-key.ts';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import { Path, Tagged } from '../../src/kind/schema.ts';
import { simplify } from '../../src/kind/simplify.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { neutral } from '../../src/util/neutral.ts';

const path = () => Path({ description: 'A file.' });
const text = () => Type.String({ description: 'Text.' });

const SCHEMA = Type.Object({
  name: text(),
  folder: Type.Optional(path()),
  list: Type.Optional(Type.Array(path())),
  pairs: Type.Optional(
    Type.Array(Type.Object({ images: path(), count: Type.Number() })),
  ),
  named: Type.Optional(Type.Record(Type.String(), path())),
  deep: Type.Optional(
    Type.Record(Type.String(), Type.Record(Type.String(), path())),
  ),
  source: Type.Optional(
    Tagged(
      {
        files: Type.Object({ path: path(), split: text() }),
        // A text of the same name that is no path.
        address: Type.Object({ path: text() }),
      },
      { description: 'Where from.' },
    ),
  ),
});

test('paths leave the parameters at any depth, and nothing else does', () => {
  assert.deepEqual(
    paramsForKey(SCHEMA, {
      name: 'n',
      folder: '/a',
      list: ['/a', '/b'],
      pairs: [{ images: '/a', count: 1 }],
      source: { type: 'files', path: '/a', split: 'train' },
    }),
    {
      name: 'n',
      list: [],
      pairs: [{ count: 1 }],
      source: { type: 'files', split: 'train' },
    },
  );
  const address = { name: 'n', source: { type: 'address', path: 'kept' } };
  assert.deepEqual(paramsForKey(SCHEMA, address), address);
});

test('parameters that the schema does not know are kept', () => {
  const params = { name: 'n', constructor: { path: 'x' }, extra: [['/a']] };
  assert.deepEqual(paramsForKey(SCHEMA, params as never), params);
});

const SHIFT = Type.Integer({ default: 1, ...neutral(0) });
const AUGMENTATION = { default: {}, ...neutral({ shift: 0 }) };
const OBJECTIVE = Type.Object({
  loss: Tagged(
    {
      softmax: Type.Object({
        scale: Type.Number({ default: 1, ...neutral(1) }),
      }),
      smoothed: Type.Object({
        alpha: Type.Number({ default: 0.1, ...neutral(0, 'softmax') }),
        scale: Type.Number({ default: 1, ...neutral(1) }),
      }),
    },
    { description: 'What is minimised.' },
  ),
  augmentation: Type.Object({ shift: SHIFT }, AUGMENTATION),
});
const keyOf = (params: JsonObject): JsonObject =>
  paramsForKey(
    OBJECTIVE,
    simplify(OBJECTIVE, fillDefaults(OBJECTIVE, params)) as JsonObject,
  );

test('a setting with its neutral value is not in the key', () => {
  assert.deepEqual(
    keyOf({ loss: { type: 'softmax', scale: 2 }, augmentation: { shift: 2 } }),
    { loss: { type: 'softmax', scale: 2 }, augmentation: { shift: 2 } },
  );
  assert.deepEqual(
    keyOf({ loss: { type: 'softmax' }, augmentation: { shift: 0 } }),
    { loss: { type: 'softmax' } },
  );
});

test('a mapping of the plainest type that means the same stands for the others, with its other settings', () => {
  const plain = {
    loss: { type: 'softmax', scale: 2 },
    augmentation: { shift: 1 },
  };
  assert.deepEqual(
    keyOf({ loss: { type: 'smoothed', alpha: 0, scale: 2 } }),
    plain,
  );
  assert.notDeepEqual(keyOf({ loss: { type: 'smoothed', scale: 2 } }), plain);
});

test('a new setting that is neutral by default changes no key', () => {
  const grown = Type.Object({
    ...OBJECTIVE.properties,
    augmentation: Type.Object(
      {
        shift: SHIFT,
        flip: Type.Boolean({ default: false, ...neutral(false) }),
      },
      AUGMENTATION,
    ),
    noise: Type.Number({ default: 0, ...neutral(0) }),
  });
  for (const shift of [0, 1]) {
    const params = { loss: { type: 'softmax' }, augmentation: { shift } };
    const filled = fillDefaults(grown, params) as JsonObject;
    assert.deepEqual(paramsForKey(grown, filled), keyOf(params));
    const noisy = { ...filled, noise: 0.5 };
    assert.notDeepEqual(paramsForKey(grown, noisy), keyOf(params));
  }
});

test('of paths under names of the user, the names stay', () => {
  const key = (paths: JsonObject) => paramsForKey(SCHEMA, paths);
  assert.deepEqual(
    key({ named: { pool: '/a', labels: '/b' }, deep: { train: { x: '/c' } } }),
    { named: { pool: null, labels: null }, deep: { train: { x: null } } },
  );
});
