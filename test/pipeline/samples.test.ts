import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { quantitiesOf } from '../../src/claims/claim.ts';
import type { NodeName } from '../../src/pipeline/plan.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { projectRoot } from '../support/project.ts';
import {
  asExpected,
  asText,
  expectedOf,
  expectedTextOf,
  inputsOf,
  runSample,
} from '../support/sample.ts';

const samples = join(projectRoot, 'test/samples');

for (const name of readdirSync(samples).sort()) {
  const folder = join(samples, name);
  const expected = expectedOf(folder);
  test(`${name}: ${expected.description}`, () => {
    const { diagnostics, plan } = runSample(folder, expected);
    assert.deepEqual(
      asExpected(diagnostics, expected.diagnostics),
      expected.diagnostics,
      asText(diagnostics),
    );
    const text = expectedTextOf(folder);
    if (text !== null) assert.equal(asText(diagnostics), text);
    const isValid = expected.diagnostics.every(
      ({ severity }) => severity === 'warning',
    );
    assert.equal(plan !== null, isValid);
    if (expected.nodes !== undefined) {
      assert.deepEqual([...(plan?.nodes.keys() ?? [])], expected.nodes);
    }
    if (expected.claims !== undefined) {
      const tables = plan?.claims.map((claim) => [
        claim.name,
        quantitiesOf(claim).map(({ table }) => table),
      ]);
      assert.deepEqual(tables, Object.entries(expected.claims));
    }
    for (const [node, params] of Object.entries(expected.params ?? {})) {
      const found = plan?.nodes.get(node as NodeName)?.params ?? {};
      const named = Object.keys(params).map((key) => [key, found[key]]);
      assert.deepEqual(Object.fromEntries(named), params, node);
    }
    for (const [name, wanted] of Object.entries(expected.picked ?? {})) {
      const node = plan?.nodes.get(name as NodeName);
      assert.ok(node?.params === null, name);
      assert.equal(node.picks.from, wanted.from);
      assert.deepEqual(
        [...node.picks.params.keys()].sort(),
        Object.keys(wanted.params).sort(),
      );
      for (const [pick, params] of Object.entries(wanted.params)) {
        const found: JsonObject = node.picks.params.get(pick) ?? {};
        for (const [key, value] of Object.entries(params)) {
          assert.deepEqual(found[key], value, `${pick}: ${key}`);
        }
      }
    }
    for (const [node, inputs] of Object.entries(expected.inputs ?? {})) {
      assert.deepEqual(
        plan === null ? null : inputsOf(plan, node),
        inputs,
        node,
      );
    }
  });
}

test('there are samples, and each says what it shows', () => {
  const descriptions = readdirSync(samples).map(
    (name) => expectedOf(join(samples, name)).description,
  );
  assert.ok(descriptions.length > 80);
  assert.equal(new Set(descriptions).size, descriptions.length);
});
