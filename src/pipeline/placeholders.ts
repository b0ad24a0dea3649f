import { placeholderInvalid } from '../diagnostics/catalogue/shape.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import type { MappingValue, ScalarValue, Value } from './value.ts';
import { isAxisName } from './words.ts';

const WHOLE = /^\$\{([^{}]*)\}$/;

/** The bound name that a scalar stands for, where it is exactly `${name}`; else null. */
export function placeholderName(value: ScalarValue): string | null {
  const name =
    typeof value.value === 'string' ? WHOLE.exec(value.value)?.[1] : undefined;
  return name !== undefined && isAxisName(name) ? name : null;
}

/**
 * Reports every `${` of a file that can't mean the value of an axis: in keys, beside other text, outside `params`.
 *
 * @param root a file, or an overlay by itself.
 */
export function checkPlaceholders(
  root: MappingValue,
  problems: Problems,
): void {
  const scanNodes = (nodes: Value): void => {
    for (const family of eachEntry(nodes, problems)) {
      for (const setting of eachEntry(family.value, problems)) {
        scan(setting.value, setting.key === 'params', problems);
      }
    }
  };
  for (const { key, value } of eachEntry(root, problems)) {
    if (key === 'nodes') scanNodes(value);
    else if (key === 'profiles') {
      for (const profile of eachEntry(value, problems)) {
        for (const part of eachEntry(profile.value, problems)) {
          if (part.key === 'nodes') scanNodes(part.value);
          else scan(part.value, false, problems);
        }
      }
    } else scan(value, false, problems);
  }
}

/** Entries of a mapping, its keys checked; what isn't one is scanned as a value and has none. */
function* eachEntry(
  value: Value,
  problems: Problems,
): Iterable<{ key: string; value: Value }> {
  if (value.type !== 'mapping') {
    scan(value, false, problems);
    return;
  }
  for (const entry of value.entries.values()) {
    if (entry.key.includes('${')) {
      problems.add(
        placeholderInvalid(
          "The value of an axis can't be part of a key.",
          entry.keyAt,
        ),
      );
    }
    yield entry;
  }
}

function scan(value: Value, isAllowed: boolean, problems: Problems): void {
  switch (value.type) {
    case 'scalar':
      scanScalar(value, isAllowed, problems);
      return;
    case 'list':
      for (const item of value.items) scan(item, isAllowed, problems);
      return;
    case 'mapping':
      for (const entry of eachEntry(value, problems)) {
        scan(entry.value, isAllowed, problems);
      }
  }
}

function scanScalar(
  value: ScalarValue,
  isAllowed: boolean,
  problems: Problems,
): void {
  if (!value.text.includes('${')) return;
  if (!isAllowed) {
    problems.add(
      placeholderInvalid(
        `${quoted(value.text)} stands where no value of an axis can be put in.`,
        value.at,
        'Only values in "params" can be "${name}".',
      ),
    );
    return;
  }
  if (placeholderName(value) !== null) return;
  const inner = WHOLE.exec(value.text)?.[1];
  problems.add(
    placeholderInvalid(
      inner === undefined
        ? `${quoted(value.text)} mixes the value of an axis with other text.`
        : `${quoted(value.text)} does not name an axis.`,
      value.at,
      inner === undefined
        ? 'A value that is exactly "${name}" is the bound value of an axis; there are no expressions.'
        : inner.includes('.')
          ? `A setting can't be taken out of a value: "\${${inner.split('.')[0] ?? ''}}" is all of its settings.`
          : 'Between the braces stands the name of a bound axis and nothing else.',
    ),
  );
}
