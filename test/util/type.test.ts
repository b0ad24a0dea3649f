import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type as Library } from 'typebox';
import { Type } from '../../src/util/type.ts';

/** One schema with all builders in it, each with and without options. */
function everything(build: typeof Type) {
  const text = build.String({ minLength: 1, description: 'Text.' });
  return build.Object(
    {
      text,
      plain: build.String(),
      array: build.Array(build.Integer({ minimum: 0 }), { maxItems: 3 }),
      list: build.Array(build.Null()),
      boolean: build.Boolean({ default: true }),
      choice: build.Enum(['a', 'b'], { default: 'a' }),
      literal: build.Literal('a'),
      one: build.Literal(1, { description: 'One.' }),
      either: build.Union([build.Number(), build.String()]),
      anything: build.Unknown({ description: 'Anything.' }),
      byName: build.Record(build.String(), build.Number()),
      byPattern: build.Record(
        build.String({ pattern: '^[a-z]+$' }),
        build.Array(build.Number()),
        { minProperties: 1 },
      ),
      // The same schema, once required and once not.
      optional: build.Optional(text),
      optionalMapping: build.Optional(
        build.Object({ inner: build.Optional(build.Integer()) }),
      ),
      unsafe: build.Unsafe<string>({ type: 'string', format: 'x' }),
    },
    { additionalProperties: false },
  );
}

test('builds the schemas that TypeBox builds, in the same order', () => {
  assert.equal(
    JSON.stringify(everything(Type), null, 2),
    JSON.stringify(everything(Library), null, 2),
  );
});

test('what may be left out is not required', () => {
  const { required } = everything(Type) as unknown as {
    readonly required: readonly string[];
  };
  assert.ok(required.includes('text'));
  assert.ok(!required.includes('optional'));
  assert.ok(!required.includes('optionalMapping'));
});
