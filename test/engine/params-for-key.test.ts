import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { paramsForKey } from '../../src/engine/params-for-key.ts';
import { Path, Tagged } from '../../src/kind/schema.ts';

const path = () => Path({ description: 'A file.' });
const text = () => Type.String({ description: 'Text.' });

const SCHEMA = Type.Object({
  name: text(),
  folder: Type.Optional(path()),
  list: Type.Optional(Type.Array(path())),
  pairs: Type.Optional(
    Type.Array(Type.Object({ images: path(), count: Type.Number() })),
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
