import type { TSchema } from '../util/type.ts';
import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import type { AnyKind } from './kind.ts';
import type { Registry } from './registry.ts';
import { VARIANTS_MARK } from './schema.ts';

/** A scalar that stands for the bound value of an axis. */
const AXIS_VALUE = { type: 'string', pattern: '^\\$\\{[A-Za-z0-9._-]+\\}$' };
const AXIS_VALUE_REFERENCE = { $ref: '#/$defs/axisValue' };

/** Members of a JSON Schema that hold schemas by name, a list of schemas, or one schema. */
const SCHEMA_MAPS = new Set(['properties', 'patternProperties', VARIANTS_MARK]);
const SCHEMA_LISTS = new Set(['oneOf', 'anyOf', 'allOf']);

/**
 * A schema as an editor wants it: names with a default are not required, and marks of our own are gone.
 *
 * @param wrap what becomes of each schema inside: of a parameter's, that the value may be `${axis}` instead.
 */
function forEditors(schema: Json, wrap: (schema: Json) => Json): Json {
  if (!isJsonObject(schema)) return schema;
  const emitted: Record<string, Json> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (name.startsWith('x-')) continue;
    if (SCHEMA_MAPS.has(name) && isJsonObject(value)) {
      emitted[name] = Object.fromEntries(
        Object.entries(value).map(([key, property]) => [
          key,
          wrap(forEditors(property, wrap)),
        ]),
      );
    } else if (SCHEMA_LISTS.has(name) && Array.isArray(value)) {
      emitted[name] = (value as readonly Json[]).map((one) =>
        forEditors(one, wrap),
      );
    } else if (name === 'items') {
      emitted[name] = wrap(forEditors(value, wrap));
    } else if (name === 'required' && Array.isArray(value)) {
      const properties = schema['properties'];
      emitted[name] = (value as readonly Json[]).filter((key) => {
        const property =
          isJsonObject(properties) && typeof key === 'string'
            ? properties[key]
            : undefined;
        return !(isJsonObject(property) && 'default' in property);
      });
    } else {
      emitted[name] = value;
    }
  }
  return emitted;
}

function orAxisValue(schema: Json): Json {
  if (!isJsonObject(schema) || 'const' in schema) return schema;
  const { description, default: preset, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
    anyOf: [rest, AXIS_VALUE_REFERENCE],
  };
}

/** TypeBox schemas are plain data; JSON is the way to say so to the compiler. */
export const schemaAsJson = (schema: TSchema): Json =>
  JSON.parse(JSON.stringify(schema)) as Json;

const REFERENCE = {
  type: 'string',
  description:
    'A family, with every axis of it: "train[loss, seed]", "layers[loss=softmax, seed=pair.left]", "probe[loss=*, seed=*]"; of a training also at an epoch: "train[seed]@epoch=10".',
};

function inputsSchema(kind: AnyKind): JsonObject {
  const anySlot = (collects: boolean): Json =>
    collects
      ? {
          anyOf: [
            { $ref: '#/$defs/reference' },
            {
              type: 'array',
              minItems: 1,
              items: { $ref: '#/$defs/reference' },
            },
          ],
        }
      : { $ref: '#/$defs/reference' };
  const properties = Object.fromEntries(
    Object.entries(kind.inputs).map(([name, slot]) => [
      name,
      {
        description: `${slot.description} Takes: ${slot.accepts.join(', ')}.`,
        ...(anySlot(slot.collects) as JsonObject),
      },
    ]),
  );
  return {
    type: 'object',
    properties,
    required: Object.keys(kind.inputs),
    additionalProperties:
      kind.openInputs === undefined ? false : anySlot(kind.openInputs.collects),
  };
}

const SPAN_PATTERN = '^\\d+(\\.\\d+)? ?[smhdwSMHDW]$';

/** What a family takes of the machine. */
const RESOURCES: JsonObject = {
  type: 'object',
  description:
    'What a node takes of the machine while it runs. Not part of its key.',
  properties: {
    cpus: {
      type: 'integer',
      minimum: 1,
      default: 1,
      description: 'Processors: threads that it may use.',
    },
    gpus: {
      type: 'integer',
      minimum: 0,
      description:
        'GPUs of its own; where not given, what the kind takes on the backend.',
    },
    memory: {
      type: 'string',
      pattern: '^\\d+(\\.\\d+)? ?([KMGTkmgt]i?)?[bB]$',
      description: 'Memory that is kept free for it: 4GiB, 500MB.',
    },
    time: {
      type: 'string',
      pattern: SPAN_PATTERN,
      description:
        'After this time it is stopped with a checkpoint, and fails: 90m, 2h.',
    },
    retries: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'How often it is tried again after it has failed.',
    },
    backoff: {
      type: 'string',
      pattern: SPAN_PATTERN,
      default: '1s',
      description: 'Pause before it is tried again, doubled each time: 1s, 5m.',
    },
  },
  additionalProperties: false,
};

/** The mapping under one key of `nodes`. */
function nodeSchema(kinds: readonly AnyKind[]): JsonObject {
  return {
    type: 'object',
    properties: {
      kind: {
        description: 'What the node does.',
        enum: kinds.map((kind) => kind.name),
      },
      inputs: true,
      params: true,
      settings: {
        description:
          'The node that picks settings: "${axis}" in "params" is the value that it picks.',
        $ref: '#/$defs/reference',
      },
      exclude: {
        type: 'array',
        description: 'Members to leave out, by coordinates.',
        items: { type: 'object' },
      },
      resources: RESOURCES,
      allow: {
        type: 'object',
        description:
          'Lint rules that this family is excepted from, each with the reason.',
        additionalProperties: { type: 'string', minLength: 1 },
      },
    },
    required: ['kind'],
    additionalProperties: false,
    allOf: kinds.map((kind) => ({
      if: { properties: { kind: { const: kind.name } }, required: ['kind'] },
      then: {
        properties: {
          kind: { description: kind.summary },
          inputs: inputsSchema(kind),
          params: orAxisValue(
            forEditors(schemaAsJson(kind.params), orAxisValue),
          ),
        },
      },
    })),
  };
}

/**
 * The JSON Schema (draft 2020-12) of pipeline files, for editors: completion, hover texts, the first check. `pipeline
 * validate` knows more (references, axes, overlays).
 *
 * @param claimSchema of what stands under a name in `claims`.
 */
export function emitPipelineSchema(
  registry: Registry,
  claimSchema: TSchema,
): JsonObject {
  const overlay = {
    type: 'object',
    properties: {
      axes: {
        type: 'object',
        description: 'Values to add, change or (null) remove.',
      },
      nodes: {
        type: 'object',
        description: 'Settings to change by family name; null removes.',
      },
      claims: {
        type: 'object',
        description: 'Claims to add, change or (null) remove, by name.',
      },
    },
    additionalProperties: false,
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Penultimate pipeline',
    type: 'object',
    properties: {
      pipeline: { const: 1, description: 'Version of the language.' },
      name: { type: 'string', description: 'Name of the experiment.' },
      description: { type: 'string', description: 'What it studies.' },
      include: {
        type: 'array',
        description:
          'Files whose axes, nodes and claims are added; relative to this one.',
        items: { type: 'string' },
      },
      axes: {
        type: 'object',
        description:
          'Named, ordered lists of values, or mappings from value to settings.',
        additionalProperties: { type: ['array', 'object'] },
      },
      nodes: {
        type: 'object',
        description: 'Families by key: "train[loss, seed]".',
        additionalProperties: { $ref: '#/$defs/node' },
      },
      claims: {
        type: 'object',
        description: 'Findings by name, as checks over tables.',
        additionalProperties: { $ref: '#/$defs/claim' },
      },
      profiles: {
        type: 'object',
        description: 'Overlays by name, chosen with --profile.',
        additionalProperties: overlay,
      },
    },
    required: ['pipeline'],
    additionalProperties: false,
    $defs: {
      axisValue: AXIS_VALUE,
      reference: REFERENCE,
      node: nodeSchema(registry.kinds),
      claim: forEditors(schemaAsJson(claimSchema), (schema) => schema),
    },
  };
}
