import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { NodeName, Plan, PlannedInput } from '../../src/pipeline/plan.ts';
import type { Json, JsonObject } from '../../src/util/json.ts';
import { isJsonObject } from '../../src/util/json.ts';
import { loadText, planOf } from '../support/plan-of.ts';

/** A pipeline in few words, from which its text and, by the definition, its plan are made. */
interface Model {
  readonly axes: Readonly<Record<string, readonly string[]>>;
  /** Axes of each family of data sets, by bound name. */
  readonly sources: Readonly<Record<string, Bindings>>;
  readonly trains: Readonly<Record<string, Consumer>>;
  readonly tables: Readonly<Record<string, Consumer>>;
}
type Bindings = Readonly<Record<string, string>>;
interface Consumer {
  readonly bindings: Bindings;
  readonly target: string;
  /** Bound name of the target -> a value, `*`, or a bound name. */
  readonly selectors: Readonly<Record<string, string>>;
  readonly exclude: readonly Readonly<Record<string, string>>[];
}

const keyOf = (name: string, bindings: Bindings): string => {
  const items = Object.entries(bindings).map(([bound, axis]) =>
    bound === axis ? axis : `${bound} in ${axis}`,
  );
  return items.length === 0 ? name : `${name}[${items.join(', ')}]`;
};

const referenceTo = ({ target, selectors }: Consumer): string => {
  const items = Object.entries(selectors).map(
    ([name, value]) => `${name}=${value}`,
  );
  return items.length === 0 ? target : `${target}[${items.join(', ')}]`;
};

/** JSON is YAML: the text of a model, its mappings in the order that `reorder` gives them. */
function textOf(
  model: Model,
  reorder: (object: JsonObject) => JsonObject,
): string {
  const nodes: Record<string, Json> = {};
  for (const [name, bindings] of Object.entries(model.sources)) {
    nodes[keyOf(name, bindings)] = { kind: 'source' };
  }
  for (const [name, train] of Object.entries(model.trains)) {
    nodes[keyOf(name, train.bindings)] = {
      kind: 'train',
      inputs: { data: referenceTo(train) },
      params: {
        epochs: 1,
        label:
          Object.keys(train.bindings)[0] === undefined
            ? 'none'
            : `\${${Object.keys(train.bindings)[0] ?? ''}}`,
      },
    };
  }
  for (const [name, table] of Object.entries(model.tables)) {
    nodes[keyOf(name, table.bindings)] = {
      kind: 'table',
      inputs: { rows: referenceTo(table) },
      exclude: table.exclude,
    };
  }
  const everywhere = (value: Json): Json =>
    isJsonObject(value)
      ? reorder(
          Object.fromEntries(
            Object.entries(value).map(([key, one]) => [key, everywhere(one)]),
          ),
        )
      : value;
  return JSON.stringify(
    everywhere({ pipeline: 1, name: 'model', axes: model.axes, nodes }),
  );
}

/** All members of a family by the definition: every combination of values, less what is left out. */
function membersOf(
  model: Model,
  bindings: Bindings,
  exclude: Consumer['exclude'] = [],
): readonly Readonly<Record<string, string>>[] {
  let members: Readonly<Record<string, string>>[] = [{}];
  for (const [bound, axis] of Object.entries(bindings)) {
    members = members.flatMap((member) =>
      (model.axes[axis] ?? []).map((value) => ({ ...member, [bound]: value })),
    );
  }
  return members.filter(
    (member) =>
      !exclude.some((entry) =>
        Object.entries(entry).every(
          ([bound, value]) => member[bound] === value,
        ),
      ),
  );
}

const nameOf = (
  family: string,
  member: Readonly<Record<string, string>>,
): string => {
  const items = Object.entries(member).map(
    ([bound, value]) => `${bound}=${value}`,
  );
  return items.length === 0 ? family : `${family}[${items.join(',')}]`;
};

/** Names of nodes -> names of what feeds them, by trying every pair of nodes. */
function expectedInputs(
  model: Model,
): Readonly<Record<string, readonly string[]>> {
  const targets = {
    ...model.sources,
    ...Object.fromEntries(
      Object.entries(model.trains).map(([name, { bindings }]) => [
        name,
        bindings,
      ]),
    ),
  };
  const inputs: Record<string, readonly string[]> = {};
  for (const [name, bindings] of Object.entries(model.sources)) {
    for (const member of membersOf(model, bindings))
      inputs[nameOf(name, member)] = [];
  }
  for (const [name, consumer] of Object.entries({
    ...model.trains,
    ...model.tables,
  })) {
    for (const member of membersOf(
      model,
      consumer.bindings,
      consumer.exclude,
    )) {
      inputs[nameOf(name, member)] = membersOf(
        model,
        targets[consumer.target] ?? {},
      )
        .filter((target) =>
          Object.entries(consumer.selectors).every(
            ([bound, value]) =>
              value === '*' || target[bound] === (member[value] ?? value),
          ),
        )
        .sort((left, right) => {
          const bound = Object.keys(left).find(
            (one) => left[one] !== right[one],
          );
          return bound === undefined ||
            (left[bound] ?? '') < (right[bound] ?? '')
            ? -1
            : 1;
        })
        .map((target) => nameOf(consumer.target, target));
    }
  }
  return inputs;
}

const namesOf = (input: PlannedInput): readonly string[] =>
  input.type === 'single'
    ? [input.node]
    : input.members.map(({ node }) => node);

const inputsOf = (plan: Plan): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    Array.from(plan.nodes.values(), ({ name, inputs }) => [
      name,
      Object.values(inputs).flatMap(namesOf),
    ]),
  );

const AXES = ['alpha', 'beta', 'gamma'];
const VALUES = ['v1', 'v10', 'v2', 'Z', '0'];

const axes = fc.record(
  Object.fromEntries(
    AXES.map((axis) => [
      axis,
      fc.shuffledSubarray(VALUES, { minLength: 1, maxLength: 3 }),
    ]),
  ),
);
/** Bound names that are no values, some the axis' own. */
const bindings: fc.Arbitrary<Bindings> = fc
  .uniqueArray(
    fc.constantFrom(
      ...AXES.map((axis) => [axis, axis]),
      ['left', 'alpha'],
      ['right', 'alpha'],
    ),
    {
      maxLength: 3,
      selector: ([bound]) => bound,
    },
  )
  .map((pairs) =>
    Object.fromEntries(pairs.map(([bound = '', axis = '']) => [bound, axis])),
  );

const consumer = (
  targets: Readonly<Record<string, Bindings>>,
  values: Model['axes'],
  isCollecting: boolean,
): fc.Arbitrary<Consumer> =>
  fc
    .tuple(bindings, fc.constantFrom(...Object.keys(targets)))
    .chain(([own, target]) => {
      const selectors = Object.fromEntries(
        Object.entries(targets[target] ?? {}).map(([bound, axis]) => [
          bound,
          fc.constantFrom(
            ...(values[axis] ?? []),
            ...Object.keys(own).filter((name) => own[name] === axis),
            ...(isCollecting ? ['*'] : []),
          ),
        ]),
      );
      const first = Object.keys(own)[0];
      const value =
        first === undefined ? undefined : values[own[first] ?? '']?.[0];
      const exclude =
        isCollecting && first !== undefined && value !== undefined
          ? fc.constantFrom([], [{ [first]: value }])
          : fc.constant([]);
      return fc.record({
        bindings: fc.constant(own),
        target: fc.constant(target),
        selectors: fc.record(selectors),
        exclude,
      });
    });

const models: fc.Arbitrary<Model> = fc
  .record({ axes, sources: fc.record({ data: bindings, other: bindings }) })
  .chain(({ axes: values, sources }) =>
    fc
      .record({
        one: consumer(sources, values, false),
        two: consumer(sources, values, false),
      })
      .chain((trains) => {
        const targets = Object.fromEntries(
          Object.entries(trains).map(([name, { bindings: own }]) => [
            name,
            own,
          ]),
        );
        return fc.record({
          axes: fc.constant(values),
          sources: fc.constant(sources),
          trains: fc.constant(trains),
          tables: fc.record({
            first: consumer(targets, values, true),
            second: consumer(targets, values, true),
          }),
        });
      }),
  );

const sameOrder = (object: JsonObject): JsonObject => object;

test('members and inputs are those of the definition', () => {
  fc.assert(
    fc.property(models, (model) => {
      const plan = planOf(textOf(model, sameOrder));
      assert.deepEqual(inputsOf(plan), expectedInputs(model));
    }),
  );
});

test('every node comes after its inputs', () => {
  fc.assert(
    fc.property(models, (model) => {
      const plan = planOf(
        textOf(model, (object) =>
          Object.fromEntries(Object.entries(object).reverse()),
        ),
      );
      const place = new Map(
        [...plan.nodes.keys()].map((name, index) => [name, index]),
      );
      for (const { name, inputs } of plan.nodes.values()) {
        for (const input of Object.values(inputs).flatMap(namesOf)) {
          assert.ok(
            (place.get(input as NodeName) ?? Infinity) <
              (place.get(name) ?? -1),
          );
        }
      }
    }),
  );
});

test('the order of keys changes nothing about any node', () => {
  const partsOf = (plan: Plan) =>
    new Map(
      Array.from(
        plan.nodes.values(),
        ({ name, kind, coordinates, params, inputs }) => [
          name,
          {
            kind,
            coordinates: Object.entries(coordinates),
            params,
            inputs: Object.entries(inputs).map(([slot, input]) => [
              slot,
              namesOf(input),
            ]),
          },
        ],
      ),
    );
  fc.assert(
    fc.property(models, fc.infiniteStream(fc.nat()), (model, numbers) => {
      const shuffled = (object: JsonObject): JsonObject => {
        const weights = new Map(
          Object.keys(object).map((key) => [
            key,
            numbers.next().value as number,
          ]),
        );
        return Object.fromEntries(
          Object.entries(object).sort(
            ([left], [right]) =>
              (weights.get(left) ?? 0) - (weights.get(right) ?? 0),
          ),
        );
      };
      const [one, other] = [textOf(model, sameOrder), textOf(model, shuffled)];
      assert.deepEqual(partsOf(planOf(other)), partsOf(planOf(one)));
    }),
  );
});

test('a plan is the same every time', () => {
  fc.assert(
    fc.property(models, (model) => {
      const text = textOf(model, sameOrder);
      assert.deepEqual(
        [...planOf(text).nodes.keys()],
        [...planOf(text).nodes.keys()],
      );
    }),
    { numRuns: 20 },
  );
});

test('members with the same values share their parameters and what is collected', () => {
  const plan = planOf(`pipeline: 1
name: shared
axes: { loss: [a, b], seed: [0, 1] }
nodes:
  data: { kind: source }
  one[loss, seed]: { kind: train, inputs: { data: data }, params: { epochs: 1, seed: '\${seed}' } }
  two[loss, seed]: { kind: table, inputs: { rows: 'one[loss, seed=*]' } }
`);
  const node = (name: string) => plan.nodes.get(name as NodeName);
  assert.equal(
    node('one[loss=a,seed=1]')?.params,
    node('one[loss=b,seed=1]')?.params,
  );
  assert.notEqual(
    node('one[loss=a,seed=0]')?.params,
    node('one[loss=a,seed=1]')?.params,
  );
  assert.equal(
    node('two[loss=a,seed=0]')?.inputs['rows'],
    node('two[loss=a,seed=1]')?.inputs['rows'],
  );
});

test('a node keeps the places of its family, its kind, its parameters and its inputs', () => {
  const text = `pipeline: 1
name: places
axes: { seed: [0] }
nodes:
  data: { kind: source }
  one[seed]:
    kind: train
    inputs: { data: data }
    params: { epochs: 1 }
`;
  const { nodes } = planOf(text);
  const one = nodes.get('one[seed=0]' as NodeName);
  assert.ok(one !== undefined);
  const written = (span: {
    file: { text: string };
    start: number;
    end: number;
  }) => span.file.text.slice(span.start, span.end);
  assert.deepEqual(
    [
      one.spans.family,
      one.spans.kind,
      one.spans.params,
      one.inputs['data']?.at,
    ].map((span) => (span === undefined ? null : written(span))),
    ['one[seed]', 'train', 'params', 'data'],
  );
  assert.equal(one.output, 'model');
  const data = nodes.get('data' as NodeName);
  assert.ok(data !== undefined);
  assert.equal(written(data.spans.params), 'data');
});

test('a plan has the name of its pipeline and the path as given, and its warnings', () => {
  const loaded = loadText(
    'pipeline: 1\nname: "two words"\naxes: { a: [0] }\nnodes: { d: { kind: source } }\n',
  );
  assert.ok(loaded.ok);
  assert.equal(loaded.value.plan.name, 'two words');
  assert.match(loaded.value.plan.file, /pipeline\.yaml$/);
  assert.deepEqual(
    loaded.value.warnings.map(({ code, severity }) => [code, severity]),
    [['AXIS_UNUSED', 'warning']],
  );
});

test('names that JavaScript has a use for are names like any other', () => {
  const plan = planOf(`pipeline: 1
name: names
axes: { constructor: [toString, __proto__], __proto__: [0] }
nodes:
  hasOwnProperty: { kind: source }
  __proto__[constructor, __proto__]:
    kind: train
    inputs: { data: hasOwnProperty }
    params: { epochs: 1, label: '\${constructor}' }
  valueOf: { kind: table, inputs: { __proto__: '__proto__[constructor=*, __proto__=*]', toString: '__proto__[constructor=__proto__, __proto__=0]' } }
`);
  const node = plan.nodes.get(
    '__proto__[constructor=toString,__proto__=0]' as NodeName,
  );
  assert.deepEqual(Object.entries(node?.coordinates ?? {}), [
    ['constructor', 'toString'],
    ['__proto__', '0'],
  ]);
  assert.equal(node?.params?.['label'], 'toString');
  const inputs = plan.nodes.get('valueOf' as NodeName)?.inputs ?? {};
  assert.deepEqual(Object.keys(inputs), ['__proto__', 'toString']);
});
