import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import { Tagged } from '../../src/kind/schema.ts';

const point = Type.Object({
  x: Type.Number({ default: 1 }),
  y: Type.Optional(Type.Number()),
});

test('missing properties get their defaults, given ones stay', () => {
  assert.deepEqual(fillDefaults(point, {}), { x: 1 });
  assert.deepEqual(fillDefaults(point, { x: 0, z: 5 }), { x: 0, z: 5 });
  assert.deepEqual(fillDefaults(point, { x: null }), { x: null });
});

test('what is given is not changed', () => {
  const given = { inner: {} };
  const schema = Type.Object({ inner: point });
  assert.deepEqual(fillDefaults(schema, given), { inner: { x: 1 } });
  assert.deepEqual(given, { inner: {} });
});

test('a default is completed itself', () => {
  const schema = Type.Object({
    inner: Type.Object({ x: Type.Number({ default: 3 }) }, { default: {} }),
  });
  assert.deepEqual(fillDefaults(schema, {}), { inner: { x: 3 } });
});

test('lists, tuples and records are completed entry by entry', () => {
  assert.deepEqual(fillDefaults(Type.Array(point), [{}, { x: 2 }]), [
    { x: 1 },
    { x: 2 },
  ]);
  assert.deepEqual(fillDefaults(Type.Tuple([Type.Number(), point]), [7, {}]), [
    7,
    { x: 1 },
  ]);
  assert.deepEqual(fillDefaults(Type.Record(Type.String(), point), { a: {} }), {
    a: { x: 1 },
  });
});

test('of a union the one alternative that takes a mapping or a list is completed', () => {
  const union = Type.Union([Type.Number(), point, Type.Array(point)]);
  assert.deepEqual(fillDefaults(union, 5), 5);
  assert.deepEqual(fillDefaults(union, {}), { x: 1 });
  assert.deepEqual(fillDefaults(union, [{}]), [{ x: 1 }]);
});

test('of a union with several mappings none is completed: which one is meant is not known', () => {
  const other = Type.Object({ x: Type.Number({ default: 2 }) });
  assert.deepEqual(fillDefaults(Type.Union([point, other]), {}), {});
});

test('of a tagged union the variant that is named is completed, in a union of types too', () => {
  const tagged = Tagged(
    { a: point, b: Type.Object({}) },
    { description: 'Either.' },
  );
  assert.deepEqual(fillDefaults(tagged, { type: 'a' }), { type: 'a', x: 1 });
  assert.deepEqual(fillDefaults(tagged, { type: 'b' }), { type: 'b' });
  assert.deepEqual(fillDefaults(tagged, { type: 'none' }), { type: 'none' });
  const nullable = Type.Union([tagged, Type.Null()]);
  assert.deepEqual(fillDefaults(nullable, { type: 'a' }), { type: 'a', x: 1 });
  assert.deepEqual(fillDefaults(nullable, null), null);
});

test('what does not fit is left as it is', () => {
  assert.deepEqual(fillDefaults(point, [1]), [1]);
  assert.deepEqual(fillDefaults(Type.Array(point), { a: 1 }), { a: 1 });
});
