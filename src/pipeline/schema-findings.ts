import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import { alternativesOf, wanted } from './schema-words.ts';

/** An error of the validator, as far as it is used. */
export interface SchemaError {
  readonly keyword: string;
  /** JSON pointer to the value. */
  readonly instancePath: string;
  /** Pointer to the keyword, down through alternatives. */
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Value of the keyword, and the schema that has it. */
  readonly schema?: unknown;
  readonly parentSchema?: object | undefined;
}

/** What is wrong with parameters, free of the validator's words. */
export type Finding =
  | {
      readonly type: 'invalid';
      readonly path: readonly string[];
      readonly wanted: string;
      readonly schema: JsonObject;
    }
  | {
      readonly type: 'unknown';
      readonly path: readonly string[];
      readonly key: string;
      readonly known: readonly string[];
    }
  | {
      readonly type: 'missing';
      readonly path: readonly string[];
      readonly key: string;
      readonly schema: JsonObject | undefined;
    };

const schemaOf = ({ parentSchema }: SchemaError): JsonObject =>
  isJsonObject(parentSchema as Json | undefined)
    ? (parentSchema as JsonObject)
    : {};

const pathOf = ({ instancePath }: SchemaError): readonly string[] =>
  instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** One finding a mistake: of alternatives none of which fits, the one that was probably meant, or all in a sentence. */
export function findingsOf(errors: readonly SchemaError[]): readonly Finding[] {
  const union = errors
    .filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
    .sort((left, right) => left.schemaPath.length - right.schemaPath.length)[0];
  if (union === undefined) return errors.flatMap(single);
  const inside = (error: SchemaError): boolean =>
    error.schemaPath.startsWith(`${union.schemaPath}/`) &&
    error.instancePath.startsWith(union.instancePath);
  const outside = errors.filter((error) => error !== union && !inside(error));
  return [...findingsOf(outside), ...alternative(union, errors.filter(inside))];
}

/** The errors of the one alternative whose type fits, or that nothing fits. */
function alternative(
  union: SchemaError,
  inside: readonly SchemaError[],
): readonly Finding[] {
  const branches = new Map<string, SchemaError[]>();
  for (const error of inside) {
    const [branch = ''] = error.schemaPath
      .slice(union.schemaPath.length + 1)
      .split('/');
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  const fitting = Array.from(branches.values()).filter(
    (branch) =>
      !branch.some(
        ({ keyword, instancePath }) =>
          ['type', 'const', 'enum'].includes(keyword) &&
          instancePath === union.instancePath,
      ),
  );
  const [only] = fitting;
  if (fitting.length === 1 && only !== undefined) return findingsOf(only);
  const schema = schemaOf(union);
  return [
    {
      type: 'invalid',
      path: pathOf(union),
      wanted: wanted(schema),
      schema,
    },
  ];
}

function single(error: SchemaError): readonly Finding[] {
  const path = pathOf(error);
  const schema = schemaOf(error);
  const { properties } = schema;
  const textParam = (name: string): string => {
    const value = error.params[name];
    return typeof value === 'string' ? value : '';
  };
  switch (error.keyword) {
    // Says only that an alternative of a condition failed; what failed in it has errors of its own.
    case 'if':
      return [];
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key =
        textParam('additionalProperty') || textParam('unevaluatedProperty');
      const known = isJsonObject(properties) ? Object.keys(properties) : [];
      return [{ type: 'unknown', path, key, known }];
    }
    case 'required':
    case 'dependentRequired':
    case 'dependencies': {
      const key = textParam('missingProperty');
      const found = isJsonObject(properties) ? properties[key] : undefined;
      return [
        {
          type: 'missing',
          path,
          key,
          schema: isJsonObject(found) ? found : undefined,
        },
      ];
    }
    case 'discriminator':
      return [tagFinding(path, schema, error.params['tagValue'] === undefined)];
    case 'propertyNames':
      return [
        {
          type: 'invalid',
          path: [...path, textParam('propertyName')],
          wanted: 'under a key that its description allows',
          schema,
        },
      ];
    default:
      return [{ type: 'invalid', path, wanted: wanted(schema), schema }];
  }
}

/** A mapping whose `type` is missing, or is none of the variants'. */
function tagFinding(
  path: readonly string[],
  union: JsonObject,
  isMissing: boolean,
): Finding {
  const tags = (alternativesOf(union) ?? []).flatMap((variant) => {
    const { properties } = variant;
    const tag = isJsonObject(properties) ? properties['type'] : undefined;
    const value = isJsonObject(tag) ? tag['const'] : undefined;
    return value === undefined ? [] : [value];
  });
  const schema: JsonObject = { enum: tags };
  return isMissing
    ? { type: 'missing', path, key: 'type', schema }
    : {
        type: 'invalid',
        path: [...path, 'type'],
        wanted: wanted(schema),
        schema,
      };
}
