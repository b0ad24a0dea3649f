import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { TSchema } from 'typebox';
import type { NewArtifact } from '../../src/artifact/artifact.ts';
import { paramsForKey } from '../../src/engine/params-for-key.ts';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import { VARIANTS_MARK } from '../../src/kind/schema.ts';
import { simplify } from '../../src/kind/simplify.ts';
import { nodeKinds } from '../../src/nodes/index.ts';
import { train } from '../../src/nodes/train.ts';
import { ParamsChecker } from '../../src/pipeline/check-params.ts';
import { openBackend } from '../../src/tensor/backend.ts';
import { Rng } from '../../src/tensor/rng.ts';
import type { Json, JsonObject } from '../../src/util/json.ts';
import { NEUTRAL_MARK, neutralOf } from '../../src/util/neutral.ts';
import { bars } from '../model/tiny.ts';
import { clusters, featuresOf } from '../support/features.ts';
import { datasetOf } from '../support/images.ts';
import { scoreAt } from '../support/members.ts';
import { asInput, runKind } from '../support/run-kind.ts';

before(() => openBackend('wasm'));

/** Where in parameters a setting is: names of settings, places in lists, and the variants on the way to it. */
type Step = string | number | { readonly variant: string };
interface Declared {
  readonly path: readonly Step[];
  readonly schema: TSchema;
}

/** Every setting below a schema that declares a neutral value. */
function declaredIn(schema: TSchema, path: readonly Step[]): Declared[] {
  const {
    properties = {},
    items,
    [VARIANTS_MARK]: variants = {},
  } = schema as {
    properties?: Record<string, TSchema>;
    items?: TSchema;
    [VARIANTS_MARK]?: Record<string, TSchema>;
  };
  return [
    ...(neutralOf(schema) === undefined ? [] : [{ path, schema }]),
    ...Object.entries(properties).flatMap(([name, one]) =>
      declaredIn(one, [...path, name]),
    ),
    ...Object.entries(variants).flatMap(([variant, one]) =>
      declaredIn(one, [...path, { variant }]),
    ),
    ...(items === undefined ? [] : declaredIn(items, [...path, 0])),
  ];
}

/** Parameters with a setting changed; `undefined` takes it out. */
function withSetting(
  params: Json | undefined,
  [step, ...rest]: readonly Step[],
  value: Json | undefined,
): Json | undefined {
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const items = [...((params ?? []) as readonly Json[])];
    items[step] = withSetting(items[step], rest, value) as Json;
    return items;
  }
  const mapping = (params ?? {}) as JsonObject;
  if (typeof step === 'object') {
    const isAlready = mapping['type'] === step.variant;
    return withSetting(
      isAlready ? mapping : { type: step.variant },
      rest,
      value,
    );
  }
  const { [step]: before, ...others } = mapping;
  const now = withSetting(before, rest, value);
  return now === undefined ? others : { ...others, [step]: now };
}

/** The setting in parameters, if it is there. */
const settingAt = (params: Json, path: readonly Step[]): unknown =>
  path.reduce(
    (here: unknown, step) =>
      typeof step === 'object'
        ? here
        : (here as Readonly<Record<string, unknown>> | undefined)?.[step],
    params,
  );

const nameOf = (path: readonly Step[]): string =>
  path
    .map((step) => (typeof step === 'object' ? step.variant : step))
    .join('.');

const model = {
  type: 'resnet',
  stem: { width: 3 },
  // With quarters, for bottlenecks.
  widths: [4, 4],
  strides: [1, 2],
  blocks: [1, 1],
};
const data = datasetOf(bars({ examples: 78, seed: 4 }), {
  train: [0, 32],
  tune: [32, 48],
  test: [48, 78],
});
const featureLabels = Array.from({ length: 24 }, (_, i) => i % 3);
const features = featuresOf({
  layers: {
    pool: clusters(Rng.of(1, 'neutral values'), {
      labels: featureLabels,
      width: 5,
      apart: 1,
    }),
  },
  labels: featureLabels,
  splits: { train: [0, 24] },
  classes: 3,
});

/** What each kind that declares neutral values is run with: enough for all of them to make a difference. */
const EXAMPLES: Readonly<
  Record<
    string,
    {
      readonly params: JsonObject;
      inputs(): Promise<Readonly<Record<string, unknown>>>;
      /** Values that are not neutral, by setting, where half more or the opposite would not do. */
      readonly other?: Readonly<Record<string, Json>>;
    }
  >
> = {
  train: {
    params: {
      loss: { type: 'softmax' },
      model,
      epochs: 3,
      batch: 8,
      rate: 0.002,
      'warm-up': 0.5,
    },
    inputs: () => Promise.resolve({ data }),
    other: {
      'model.resnet.stem.size': 5,
      'loss.label-smoothing.alpha': 0.1,
      'loss.dropout.keep': 0.5,
      augmentation: { shift: 1, flip: true },
      'augmentation.shift': 2,
      'augmentation.auto-augment': 'cifar-10',
      'schedule.exponential.factor': 0.5,
    },
  },
  finetune: {
    params: {
      rate: 0.05,
      length: { type: 'epochs', count: 3 },
      batch: 8,
      refit: true,
    },
    inputs: async () => ({
      data,
      model: asInput(
        await runKind(train, { ...EXAMPLES['train']!.params }, { data }),
      ),
    }),
    other: {
      augmentation: { shift: 1, flip: true },
      'augmentation.shift': 3,
      'augmentation.auto-augment': 'cifar-10',
      momentum: 0.95,
    },
  },
  separation: {
    params: {},
    inputs: () => Promise.resolve({ features }),
  },
  table: {
    params: { rows: 'loss', columns: [{ value: 'accuracy' }] },
    inputs: () =>
      Promise.resolve({
        probe: ['a', 'b'].flatMap((loss, row) =>
          ['0', '1'].map((seed, column) =>
            scoreAt(
              { loss, seed },
              { accuracy: 0.5 + row * 0.1 + column * 0.3 },
            ),
          ),
        ),
      }),
    other: { title: 'x', order: ['b'], 'columns.0.where': { seed: '1' } },
  },
};

/** A value so near to the neutral one that float32 can't tell them apart; undefined where there is none. */
function nearly(schema: TSchema, value: Json): number | undefined {
  const { type, maximum = Infinity } = schema as TSchema & {
    readonly type?: string;
    readonly maximum?: number;
  };
  if (type !== 'number' || typeof value !== 'number') return undefined;
  const near = value === 0 ? 1e-40 : value * (1 + 2 ** -50);
  return near <= maximum ? near : undefined;
}

function unlike(
  schema: TSchema,
  name: string,
  value: Json,
  kind: string,
): Json {
  const given = EXAMPLES[kind]?.other?.[name];
  if (given !== undefined) return given;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') {
    return (schema as { type?: string }).type === 'integer'
      ? value + 1
      : value + 0.5;
  }
  throw new Error(`Give ${kind}.${name} a value that is not neutral.`);
}

/** What came out, but for the settings that it is labelled with, and rates, which are kept in more digits than are used. */
function outcome(made: NewArtifact): unknown {
  const labels = ['objective', 'architecture', 'epochs'];
  const value = Object.entries(made.value as JsonObject).filter(
    ([name]) => !labels.includes(name),
  );
  return { value, arrays: made.arrays };
}

const checker = new ParamsChecker();
for (const kind of nodeKinds) {
  const declared = declaredIn(kind.params, []);
  test(`the neutral values of ${kind.name} are all reached by walking through its settings`, () => {
    const marks =
      JSON.stringify(kind.params).split(`"${NEUTRAL_MARK}"`).length - 1;
    // A tagged union has its variants twice: by tag, and as alternatives.
    const copies = declared.reduce(
      (sum, { path }) =>
        sum + 2 ** path.filter((step) => typeof step === 'object').length,
      0,
    );
    assert.equal(copies, marks);
  });
  if (declared.length === 0) continue;
  const example = EXAMPLES[kind.name];
  const inputs = example?.inputs();
  for (const { path, schema } of declared) {
    const name = nameOf(path);
    const neutral = neutralOf(schema)!;
    test(`${kind.name} yields the same with the neutral value of ${name} as without`, async () => {
      assert.ok(
        example !== undefined && inputs !== undefined,
        `"${kind.name}" declares neutral values and has no example here`,
      );
      const filled = (value: Json | undefined): JsonObject =>
        fillDefaults(
          kind.params,
          withSetting(example.params, path, value)!,
        ) as JsonObject;
      const neutralParams = filled(neutral.value);
      assert.deepEqual(checker.check(kind, neutralParams), []);
      const run = async (params: Json): Promise<unknown> =>
        outcome(
          // A list of kinds has forgotten what each of them yields.
          (await runKind(
            kind,
            params as JsonObject,
            await inputs,
          )) as NewArtifact,
        );
      const key = (params: JsonObject) =>
        paramsForKey(kind.params, simplify(kind.params, params) as JsonObject);
      const otherParams = filled(
        unlike(schema, name, neutral.value, kind.name),
      );
      assert.deepEqual(checker.check(kind, otherParams), []);

      const given = await run(neutralParams);
      assert.notDeepEqual(
        await run(otherParams),
        given,
        'the example does not show the setting',
      );
      assert.notDeepEqual(key(otherParams), key(neutralParams));
      if (neutral.variant !== undefined) {
        const plain = fillDefaults(
          kind.params,
          withSetting(example.params, path.slice(0, -2), {
            type: neutral.variant,
          })!,
        ) as JsonObject;
        assert.deepEqual(simplify(kind.params, neutralParams), plain);
        assert.deepEqual(key(neutralParams), key(plain));
        assert.deepEqual(await run(plain), given);
        return;
      }
      assert.equal(settingAt(key(neutralParams), path), undefined);
      const near = nearly(schema, neutral.value);
      // The setting fades into its neutral value: nothing jumps there, as it would at a special case.
      if (near !== undefined) assert.deepEqual(await run(filled(near)), given);
      if (isOptional(kind.params, path))
        assert.deepEqual(await run(filled(undefined)), given);
      else if ('default' in schema) {
        const preset = key(filled(undefined));
        const isNeutral =
          JSON.stringify(preset) === JSON.stringify(key(neutralParams));
        if (isNeutral) assert.deepEqual(await run(filled(undefined)), given);
      }
    });
  }
}

/** Whether a setting may be left out, and has no default: then the two mean the same to a key. */
function isOptional(schema: TSchema, path: readonly Step[]): boolean {
  let here = schema as TSchema & Record<string, unknown>;
  let optional = false;
  for (const step of path) {
    if (typeof step === 'object') {
      here = (here[VARIANTS_MARK] as Record<string, typeof here>)[
        step.variant
      ]!;
    } else if (typeof step === 'number') {
      here = here['items'] as typeof here;
    } else {
      const required = (here['required'] ?? []) as readonly string[];
      optional = !required.includes(step);
      here = (here['properties'] as Record<string, typeof here>)[step]!;
    }
  }
  return optional && !('default' in here);
}
