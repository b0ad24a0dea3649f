import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problems } from '../../src/diagnostics/problems.ts';
import { applyOverlay, type Draft } from '../../src/pipeline/overlay.ts';
import { freshBudget, parseYaml } from '../../src/pipeline/source.ts';
import { toJson, type MappingValue } from '../../src/pipeline/value.ts';
import {
  isJsonObject,
  type Json,
  type JsonObject,
} from '../../src/util/json.ts';

function mappingOf(json: JsonObject): MappingValue {
  const file = { path: 'a.yaml', text: JSON.stringify(json) };
  const { root } = parseYaml(file, freshBudget());
  assert.ok(root?.type === 'mapping');
  return root;
}

/** The settings of a family after overlays. */
function overlaid(base: JsonObject, overlays: readonly JsonObject[]): Json {
  const value = mappingOf(base);
  const file = { path: 'a.yaml', text: 'node' };
  const at = { file, start: 0, end: 4 };
  const key = { name: 'node', bindings: [], at };
  const entry = { key: 'node', keyAt: at, value };
  const draft: Draft = {
    axes: new Map(),
    families: new Map([['node', { key, entry }]]),
    claims: new Map(),
    removed: new Map(),
    unreadable: 0,
  };
  const problems = new Problems();
  for (const overlay of overlays) {
    applyOverlay(draft, mappingOf({ nodes: { node: overlay } }), problems);
  }
  assert.equal(problems.hasErrors, false);
  const result = draft.families.get('node');
  assert.ok(result !== undefined);
  return toJson(result.entry.value);
}

/** JSON merge patch, as RFC 7396 defines it. */
function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, mergePatch(result.get(name), value));
  }
  return Object.fromEntries(result);
}

const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Json>(null, 1, 'text', true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), {
      noNullPrototype: true,
    }),
  ),
})).value;
const object = json.filter((value): value is JsonObject => isJsonObject(value));

test('overlays are laid on as JSON merge patches, one after the other', () => {
  fc.assert(
    fc.property(
      object,
      fc.array(object, { minLength: 1, maxLength: 3 }),
      (base, overlays) => {
        const expected = overlays.reduce<Json>(mergePatch, base);
        assert.deepEqual(overlaid(base, overlays), expected);
      },
    ),
  );
});

test('keys keep the order of the file, new ones come last', () => {
  const merged = overlaid({ b: 1, a: { y: 1, x: 2 } }, [
    { c: 3, a: { z: 0, x: 9 } },
  ]);
  assert.deepEqual(Object.keys(merged as JsonObject), ['b', 'a', 'c']);
  assert.deepEqual(Object.keys((merged as { a: JsonObject }).a), [
    'y',
    'x',
    'z',
  ]);
});
