import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import type { AnyKind } from '../kind/kind.ts';
import { DEFAULT_RESOURCES, type Resources } from '../kind/resources.ts';
import { parseBytes, parseSpanMs } from '../util/quantities.ts';
import { checkKeys, optionalMapping, reportShape } from './shape.ts';
import type { Entry, Value } from './value.ts';

/** The resources of a family, and where each stands that the file names. */
export interface FamilyResources {
  readonly resources: Resources;
  readonly at: Readonly<Partial<Record<keyof Resources, Span>>>;
}

/** How a resource is written. */
interface Form {
  readonly field: keyof Resources;
  readonly expected: string;
  /** The value, or undefined where it is none. */
  readonly read: (value: Value) => number | undefined;
}

const wholeFrom =
  (least: number) =>
  (value: Value): number | undefined =>
    value.type === 'scalar' &&
    typeof value.value === 'number' &&
    Number.isSafeInteger(value.value) &&
    value.value >= least
      ? value.value
      : undefined;

const quantity =
  (parse: (text: string) => number | undefined) =>
  (value: Value): number | undefined => {
    const amount =
      value.type === 'scalar' && typeof value.value === 'string'
        ? parse(value.value)
        : undefined;
    return amount !== undefined && amount > 0 ? amount : undefined;
  };

const SPAN = 'a span of time like 45s, 90m, 2h or 1d';

/** Resources by their keys in the file. */
const FORMS: Readonly<Record<string, Form>> = {
  cpus: {
    field: 'cpus',
    expected: 'a whole number from 1',
    read: wholeFrom(1),
  },
  gpus: {
    field: 'gpus',
    expected: 'a whole number from 0',
    read: wholeFrom(0),
  },
  memory: {
    field: 'memoryBytes',
    expected: 'a size like 500MB, 4GiB or 1.5TiB',
    read: quantity(parseBytes),
  },
  time: { field: 'timeMs', expected: SPAN, read: quantity(parseSpanMs) },
  retries: {
    field: 'retries',
    expected: 'a whole number from 0',
    read: wholeFrom(0),
  },
  backoff: { field: 'backoffMs', expected: SPAN, read: quantity(parseSpanMs) },
};

/** Reads the key `resources` of a family; what it leaves out is as the kind has it. */
export function readResources(
  entry: Entry | undefined,
  kind: AnyKind | null,
  problems: Problems,
): FamilyResources {
  const { cpus, memoryBytes } = kind?.resources ?? {};
  const resources: Record<keyof Resources, number | null> = {
    ...DEFAULT_RESOURCES,
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  };
  const at: Partial<Record<keyof Resources, Span>> = {};
  const mapping = optionalMapping(entry, problems);
  if (mapping !== null) {
    checkKeys(mapping, Object.keys(FORMS), 'A mapping of resources', problems);
  }
  for (const { key, value } of mapping?.entries.values() ?? []) {
    const form = Object.hasOwn(FORMS, key) ? FORMS[key] : undefined;
    if (form === undefined) continue;
    const amount = form.read(value);
    if (amount === undefined) {
      reportShape(quoted(key), form.expected, value, problems);
    } else {
      resources[form.field] = amount;
      at[form.field] = value.at;
    }
  }
  // Only what may be null is: the forms give numbers.
  return { resources: resources as Resources, at };
}
