import {
  paramInvalid,
  paramMissing,
  paramUnknown,
} from '../diagnostics/catalogue/params.ts';
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import type { Related } from '../diagnostics/make.ts';
import { counted, didYouMean, quoted } from '../diagnostics/text.ts';
import type { AnyKind } from '../kind/kind.ts';
import { VARIANTS_MARK } from '../kind/schema.ts';
import { isJsonObject, type JsonObject } from '../util/json.ts';
import { locate, pathName } from './locate.ts';
import type { Finding } from './schema-findings.ts';
import { alternativesOf, choicesOf, literal } from './schema-words.ts';
import type { ScalarValue, Value } from './value.ts';
import { describe } from './words.ts';

/** Parameters of a member, with what is needed to speak of them. */
export interface CheckedParams {
  readonly kind: AnyKind;
  /** With the values of axes put in. */
  readonly root: Value;
  /** The key `params`, else the family's. */
  readonly rootKey: Span;
}

/** A finding as a diagnostic: at the value, at the unknown key, or at the key of what lacks something. */
export function paramProblem(
  finding: Finding,
  { kind, root, rootKey }: CheckedParams,
): Diagnostic {
  const { path } = finding;
  switch (finding.type) {
    case 'invalid': {
      const { subject, found, at, via, help } = wrongValue(
        finding,
        root,
        rootKey,
      );
      return paramInvalid(subject, finding.wanted, found, at, via, help);
    }
    case 'unknown': {
      const keyPath = [...path, finding.key];
      const { at, via } = locate(root, rootKey, keyPath, 'key');
      const facts = {
        key: finding.key,
        subject: quoted(finding.key),
        owner: ownerOf(`The kind ${quoted(kind.name)}`, root, path),
        known: finding.known,
      };
      const isInput =
        path.length === 0 && Object.hasOwn(kind.inputs, finding.key);
      const help = isInput
        ? `${quoted(finding.key)} is an input, and stands under "inputs".`
        : undefined;
      return paramUnknown(
        facts,
        at,
        [...via, ...typeElsewhere(root, path)],
        help,
      );
    }
    case 'missing': {
      const { at, via } = locate(root, rootKey, path, 'key');
      const { schema, key } = finding;
      const choices = schema === undefined ? [] : (choicesOf(schema) ?? []);
      const description = schema?.['description'];
      return paramMissing(
        quoted(key),
        ownerOf(`The kind ${quoted(kind.name)}`, root, path),
        choices.filter((choice) => typeof choice === 'string'),
        typeof description === 'string' ? description : undefined,
        at,
        via,
      );
    }
  }
}

/** What a message says of a value that its schema does not want. */
export function wrongValue(
  { path, schema }: Extract<Finding, { readonly type: 'invalid' }>,
  root: Value,
  rootKey: Span,
) {
  const { at, via } = locate(root, rootKey, path, 'value');
  const value = valueAt(root, path);
  const choices = choicesOf(schema)?.filter(
    (choice) => typeof choice === 'string',
  );
  const found =
    choices !== undefined && value?.type === 'scalar' && value.value !== null
      ? literal(value.value)
      : describeFor(schema, value);
  const help = helpFor(schema, value, choices ?? []);
  return { subject: pathName(path), found, at, via, help };
}

/** What a value is; of a list or mapping that is one too many or too few, how many. */
function describeFor(schema: JsonObject, value: Value | undefined): string {
  const limits = ['minItems', 'maxItems', 'minProperties', 'maxProperties'];
  if (!limits.some((limit) => limit in schema)) return describe(value);
  if (value?.type === 'list' && schema['type'] === 'array') {
    const { length } = value.items;
    return `${length} ${length === 1 ? 'entry' : 'entries'}`;
  }
  return value?.type === 'mapping' && schema['type'] === 'object'
    ? counted(value.entries.size, 'key')
    : describe(value);
}

function valueAt(root: Value, path: readonly string[]): Value | undefined {
  let value: Value | undefined = root;
  for (const step of path) {
    value =
      value?.type === 'mapping'
        ? value.entries.get(step)?.value
        : value?.type === 'list'
          ? value.items[Number(step)]
          : undefined;
  }
  return value;
}

/** What has or lacks a setting: `whole`, or a mapping inside, by its variant where it has one. */
export function ownerOf(
  whole: string,
  root: Value,
  path: readonly string[],
): string {
  if (path.length === 0) return whole;
  const tag = tagOf(valueAt(root, path));
  return tag === undefined
    ? pathName(path)
    : `${pathName(path)} of type ${quoted(tag.text)}`;
}

function tagOf(value: Value | undefined): ScalarValue | undefined {
  const tag =
    value?.type === 'mapping' ? value.entries.get('type')?.value : undefined;
  return tag?.type === 'scalar' && typeof tag.value === 'string'
    ? tag
    : undefined;
}

/**
 * Where a profile or `--set` has changed the `type` of a mapping, settings of the old type are still there: mappings
 * merge by key.
 */
function typeElsewhere(
  root: Value,
  path: readonly string[],
): readonly Related[] {
  const owner = valueAt(root, path);
  const entry =
    owner?.type === 'mapping' ? owner.entries.get('type') : undefined;
  if (owner === undefined || entry === undefined) return [];
  const { at, keyAt } = { at: owner.at, keyAt: entry.keyAt };
  const isInside =
    keyAt.file === at.file && keyAt.start >= at.start && keyAt.end <= at.end;
  return isInside
    ? []
    : [
        {
          message:
            'the type is changed here; null removes a setting of the old one',
          at: keyAt,
        },
      ];
}

/** The way out of a wrong value, where it can be guessed. */
function helpFor(
  schema: JsonObject,
  value: Value | undefined,
  choices: readonly string[],
): string | undefined {
  if (value?.type === 'mapping' || value === undefined) return undefined;
  const wants = (type: string): boolean => wantsType(schema, type);
  if (value.type === 'list') return undefined;
  const { text } = value;
  if (typeof value.value === 'string') {
    const near = didYouMean(text, choices);
    if (near !== undefined) return near;
    const tags = schema[VARIANTS_MARK];
    if (isJsonObject(tags) && Object.hasOwn(tags, text)) {
      return `Write {type: ${text}}.`;
    }
    if (wants('number') || wants('integer')) return numberHelp(value);
    if (wants('boolean')) return booleanHelp(value);
  }
  if (schema['type'] === 'array' && text !== '')
    return `Write a list of one: [${text.slice(0, 80)}].`;
  const isText = value.value !== null && text !== '';
  if (wants('string') && isText && choices.length === 0) {
    return `Quotes make it text: '${text.slice(0, 80)}'.`;
  }
  return undefined;
}

const wantsType = (schema: JsonObject, type: string): boolean =>
  schema['type'] === type ||
  (alternativesOf(schema)?.some((one) => wantsType(one, type)) ?? false);

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

function numberHelp({ text, isQuoted }: ScalarValue): string {
  const trimmed = text.trim();
  if (isQuoted && NUMBER.test(trimmed)) {
    return `Write it without quotes: ${trimmed}.`;
  }
  const plain = trimmed.replaceAll(/[_,]/g, '');
  return plain !== trimmed && NUMBER.test(plain)
    ? `Write ${plain}.`
    : 'Numbers are written 20, 0.1 or 5e-4.';
}

function booleanHelp({ text }: ScalarValue): string | undefined {
  const word = text.toLowerCase();
  if (['yes', 'on', 'y', 'true'].includes(word)) return 'Write true.';
  return ['no', 'off', 'n', 'false'].includes(word)
    ? 'Write false.'
    : undefined;
}

/** Whether a finding is about a value that isn't known, or about what is inside of it. */
export const isBelow = (
  finding: Finding,
  unknown: readonly (readonly string[])[],
): boolean =>
  unknown.some(
    (path) =>
      path.length <= finding.path.length &&
      path.every((step, place) => finding.path[place] === step),
  );
