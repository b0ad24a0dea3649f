import { nearest } from '../diagnostics/text.ts';
import { VARIANTS_MARK } from '../kind/schema.ts';
import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import { wanted } from './schema-words.ts';

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

/** A value that is not what its schema wants. */
export const invalid = (
  path: readonly string[],
  schema: JsonObject,
): Finding => ({ type: 'invalid', path, wanted: wanted(schema), schema });

const schemaOf = ({ parentSchema }: SchemaError): JsonObject =>
  isJsonObject(parentSchema as Json | undefined)
    ? (parentSchema as JsonObject)
    : {};

/** The steps of a JSON pointer. */
export const stepsOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** One finding a mistake: of alternatives none of which fits, the one that was probably meant, or all in a sentence. */
export function findingsOf(errors: readonly SchemaError[]): readonly Finding[] {
  const findings = untangled(errors);
  const unknown = findings.filter((finding) => finding.type === 'unknown');
  const isMisspelt = (finding: Finding): boolean =>
    finding.type === 'missing' &&
    unknown.some(
      ({ path, key, known }) =>
        path.join('/') === finding.path.join('/') &&
        nearest(key, known) === finding.key,
    );
  // A misspelt name is one mistake, not two.
  return findings.filter((finding) => !isMisspelt(finding));
}

/** Findings of errors among which those of alternatives are tangled up. */
function untangled(errors: readonly SchemaError[]): readonly Finding[] {
  const union = errors
    .filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
    .sort((left, right) => left.schemaPath.length - right.schemaPath.length)[0];
  if (union === undefined) return errors.flatMap(single);
  const inside = (error: SchemaError): boolean =>
    error.schemaPath.startsWith(`${union.schemaPath}/`) &&
    error.instancePath.startsWith(union.instancePath);
  const outside = errors.filter((error) => error !== union && !inside(error));
  return [...untangled(outside), ...alternative(union, errors.filter(inside))];
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
  return [invalid(stepsOf(union.instancePath), schemaOf(union))];
}

/** Schema of a key; of the `type` of a tagged union, the tags that there are. */
function propertyOf(
  { properties, [VARIANTS_MARK]: variants }: JsonObject,
  key: string,
): JsonObject | undefined {
  if (key === 'type' && isJsonObject(variants)) {
    return { enum: Object.keys(variants) };
  }
  const found = isJsonObject(properties) ? properties[key] : undefined;
  return isJsonObject(found) ? found : undefined;
}

function single(error: SchemaError): readonly Finding[] {
  const path = stepsOf(error.instancePath);
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
      const found = propertyOf(schema, key);
      return [
        {
          type: 'missing',
          path,
          key,
          schema: found,
        },
      ];
    }
    // The variants of a tagged union are checked each by itself, and say what they found.
    case VARIANTS_MARK:
      return [error.params['finding'] as Finding];
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
      return [invalid(path, schema)];
  }
}
