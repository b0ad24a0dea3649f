import { Ajv, type ValidateFunction } from 'ajv';
import type { AnyKind } from '../kind/kind.ts';
import { VARIANTS_MARK } from '../kind/schema.ts';
import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import { findingsOf, type Finding } from './schema-findings.ts';

/**
 * The schema as the validator takes it: a tagged union says that `type` chooses, so that only the variant that was meant
 * is checked, and marks of our own are left in for the messages.
 */
function forValidator(schema: Json): Json {
  if (Array.isArray(schema)) {
    return (schema as readonly Json[]).map(forValidator);
  }
  if (!isJsonObject(schema)) return schema;
  const copy = mapValues(schema, (value, name) =>
    VALUES.has(name)
      ? value
      : MAPS_OF_SCHEMAS.has(name) && isJsonObject(value)
        ? mapValues(value, forValidator)
        : forValidator(value),
  );
  return VARIANTS_MARK in copy
    ? { ...copy, discriminator: { propertyName: 'type' } }
    : copy;
}

/** Members of a schema that hold values, or what the validator doesn't look at. */
const VALUES = new Set(['enum', 'const', 'default', VARIANTS_MARK]);
/** Members of a schema whose keys are names, not keywords. */
const MAPS_OF_SCHEMAS = new Set(['properties', 'patternProperties']);

const mapValues = (
  object: JsonObject,
  change: (value: Json, name: string) => Json,
): JsonObject =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, change(value, name)]),
  );

/** Checks parameters against the schemas of kinds, each compiled when it is first needed. */
export class ParamsChecker {
  readonly #ajv = new Ajv({
    allErrors: true,
    verbose: true,
    discriminator: true,
    // Marks of our own would be refused.
    strict: false,
    validateFormats: false,
  });
  readonly #compiled = new Map<AnyKind, ValidateFunction>();

  /** What is wrong with parameters whose defaults are filled in. */
  check(kind: AnyKind, params: Json): readonly Finding[] {
    const validate = this.#compiledFor(kind);
    if (validate(params)) return [];
    return findingsOf(validate.errors ?? []);
  }

  #compiledFor(kind: AnyKind): ValidateFunction {
    const known = this.#compiled.get(kind);
    if (known !== undefined) return known;
    const schema = JSON.parse(JSON.stringify(kind.params)) as Json;
    const compiled = this.#ajv.compile(forValidator(schema) as object);
    this.#compiled.set(kind, compiled);
    return compiled;
  }
}
