import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv';
import type { DataValidateFunction } from 'ajv/dist/types/index.js';
import type { TSchema } from '../util/type.ts';
import { VARIANTS_MARK } from '../kind/schema.ts';
import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import {
  findingsOf,
  invalid,
  stepsOf,
  type Finding,
} from './schema-findings.ts';

/** Members of a schema that hold values, or that are looked at by themselves. */
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

/** The schema as the validator takes it: of a tagged union it sees the variants, and not the alternatives. */
function forValidator(schema: Json): Json {
  if (Array.isArray(schema)) {
    return (schema as readonly Json[]).map(forValidator);
  }
  if (!isJsonObject(schema)) return schema;
  const { oneOf, ...rest } = schema;
  const kept = oneOf === undefined || VARIANTS_MARK in schema ? rest : schema;
  return mapValues(kept, (value, name) =>
    VALUES.has(name)
      ? value
      : MAPS_OF_SCHEMAS.has(name) && isJsonObject(value)
        ? mapValues(value, forValidator)
        : forValidator(value),
  );
}

/**
 * Checks parameters against the schemas of kinds, and claims against theirs. A schema is compiled when it is first needed, each variant of a tagged
 * union by itself: a pipeline uses few of them, and compiling is most of what a check costs.
 */
export class ParamsChecker {
  readonly #ajv: Ajv;
  readonly #compiled = new Map<object, ValidateFunction>();

  constructor() {
    this.#ajv = new Ajv({
      allErrors: true,
      verbose: true,
      // Marks of our own would be refused.
      strict: false,
      validateFormats: false,
      // Schemas are code of ours; checking them against the schema of schemas costs more than the rest.
      validateSchema: false,
      meta: false,
      // The schemas are used a few hundred times: better a slower function than a slower start.
      code: { optimize: false },
      inlineRefs: false,
    });
    this.#ajv.addKeyword({
      keyword: VARIANTS_MARK,
      type: 'object',
      errors: 'full',
      compile: (variants: JsonObject, union: AnySchemaObject) =>
        this.#variantCheck(variants, union),
    });
  }

  /** What is wrong with a value whose defaults are filled in. */
  check(schema: TSchema, value: Json): readonly Finding[] {
    const validate = this.#compile(schema);
    return validate(value) ? [] : findingsOf(validate.errors ?? []);
  }

  #compile(schema: object): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    const plain = JSON.parse(JSON.stringify(schema)) as Json;
    const compiled = this.#ajv.compile(forValidator(plain) as object);
    this.#compiled.set(schema, compiled);
    return compiled;
  }

  /** Looks up the variant that `type` names, and checks against it alone. */
  #variantCheck(
    variants: JsonObject,
    union: AnySchemaObject,
  ): DataValidateFunction {
    const check: DataValidateFunction = (data: Json, context) => {
      const findings = this.#variantFindings(
        variants,
        data,
        stepsOf(context?.instancePath ?? ''),
      );
      check.errors = findings.map((finding) => ({
        keyword: VARIANTS_MARK,
        parentSchema: union,
        params: { finding },
      }));
      return findings.length === 0;
    };
    return check;
  }

  #variantFindings(
    variants: JsonObject,
    data: Json,
    path: readonly string[],
  ): readonly Finding[] {
    const tag = isJsonObject(data) ? data['type'] : undefined;
    // A missing one is what `required` is about.
    if (tag === undefined) return [];
    const variant =
      typeof tag === 'string' && Object.hasOwn(variants, tag)
        ? variants[tag]
        : undefined;
    if (!isJsonObject(variant)) {
      return [invalid([...path, 'type'], { enum: Object.keys(variants) })];
    }
    const validate = this.#compile(variant);
    if (validate(data)) return [];
    return findingsOf(validate.errors ?? []).map((finding) => ({
      ...finding,
      path: [...path, ...finding.path],
    }));
  }
}
