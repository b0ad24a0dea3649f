import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { claimSchema } from '../src/claims/claim.ts';
import { emitPipelineSchema } from '../src/kind/emit-schema.ts';
import { Registry } from '../src/kind/registry.ts';
import { nodeKinds } from '../src/nodes/index.ts';
import { isJsonObject, type Json } from '../src/util/json.ts';
import { projectRoot } from './support/project.ts';

const registry = new Registry(nodeKinds);

test('schemas/ holds what the kinds say; npm run build writes it anew', () => {
  const committed = readFileSync(
    join(projectRoot, 'schemas', 'pipeline.schema.json'),
    'utf8',
  );
  assert.equal(
    committed,
    `${JSON.stringify(emitPipelineSchema(registry, claimSchema), null, 2)}\n`,
  );
});

test('every parameter of every kind and of claims has a description', () => {
  const missing: string[] = [];
  const visit = (schema: Json | undefined, path: string): void => {
    if (Array.isArray(schema)) {
      schema.forEach((one: Json) => {
        visit(one, path);
      });
      return;
    }
    if (!isJsonObject(schema)) return;
    const { properties } = schema;
    if (isJsonObject(properties)) {
      for (const [name, property] of Object.entries(properties)) {
        if (!isJsonObject(property) || 'const' in property) continue;
        if (typeof property['description'] !== 'string') {
          missing.push(`${path}.${name}`);
        }
      }
    }
    for (const [name, value] of Object.entries(schema)) {
      visit(value, name === 'properties' ? path : `${path}.${name}`);
    }
  };
  for (const kind of registry.kinds) {
    visit(JSON.parse(JSON.stringify(kind.params)) as Json, kind.name);
  }
  visit(JSON.parse(JSON.stringify(claimSchema)) as Json, 'claims');
  assert.deepEqual(missing, []);
});

test('an editor may leave out what has a default and may write an axis value', () => {
  const at = (value: Json | undefined, ...path: string[]): Json | undefined =>
    path.reduce<Json | undefined>(
      (inner, key) => (isJsonObject(inner) ? inner[key] : undefined),
      value,
    );
  const schema = emitPipelineSchema(registry, claimSchema);
  const kinds = at(schema, '$defs', 'node', 'allOf');
  assert.ok(Array.isArray(kinds));
  const train = (kinds as readonly Json[]).find(
    (one) => at(one, 'if', 'properties', 'kind', 'const') === 'train',
  );
  const forms = at(train, 'then', 'properties', 'params', 'anyOf');
  assert.ok(Array.isArray(forms));
  const params = (forms as readonly Json[])[0];
  // TypeBox keeps all of them required, for the type that `run` sees.
  assert.ok(registry.get('train')?.params.required.includes('epochs'));
  assert.deepEqual(at(params, 'required'), ['loss']);
  assert.equal(at(params, 'properties', 'epochs', 'default'), 12);
  assert.deepEqual(at(params, 'properties', 'epochs', 'anyOf'), [
    { type: 'integer', minimum: 1, maximum: 100_000 },
    { $ref: '#/$defs/axisValue' },
  ]);
  assert.doesNotMatch(JSON.stringify(schema), /"x-/);
});
