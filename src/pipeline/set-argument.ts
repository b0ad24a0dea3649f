import { setInvalid } from '../diagnostics/catalogue/shape.ts';
import type { SourceFile, Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { didYouMean, quoted } from '../diagnostics/text.ts';
import { FAMILY_KEYS } from './family.ts';
import { checkPlaceholders } from './placeholders.ts';
import { parseYaml, type SourceBudget } from './source.ts';
import type { MappingValue, Value } from './value.ts';

/** What stands as the file in diagnostics of a `--set`. */
export const SET_FILE = '--set';

const SEGMENT = String.raw`(?:"[^"]*"|[^."=\s]+)`;
const PATH = new RegExp(String.raw`^\s*(${SEGMENT}(?:\.${SEGMENT})*)\s*=`);
const FORM =
  'It is written "family.params.name=value" or "axes.name=[value, value]".';

interface Segment {
  readonly name: string;
  readonly at: Span;
}

/**
 * A `--set` argument as an overlay, or null where it can't be read. The value is YAML in flow style: a scalar, or a
 * collection in brackets. A name with a dot in it is written in double quotes.
 *
 * @param families names of the families there are.
 */
export function parseSetArgument(
  argument: string,
  families: readonly string[],
  budget: SourceBudget,
  problems: Problems,
): MappingValue | null {
  const file: SourceFile = { path: SET_FILE, text: argument };
  problems.noteFile(file);
  const match = PATH.exec(argument);
  const path = match?.[1];
  if (match === null || path === undefined) {
    const whole = { file, start: 0, end: argument.length };
    const why = argument.includes('=')
      ? 'The path before the "=" can\'t be read.'
      : 'There is no "=" with a value behind it.';
    problems.add(setInvalid(why, whole, FORM));
    return null;
  }
  const value = parseSetValue(file, match[0].length, budget, problems);
  const segments = fullPath(splitPath(file, path), families, problems);
  if (value === null || segments === null) return null;
  const overlay = nest(segments, value);
  checkPlaceholders(overlay, problems);
  return overlay;
}

function parseSetValue(
  file: SourceFile,
  from: number,
  budget: SourceBudget,
  problems: Problems,
): Value | null {
  const parsed = parseYaml(file, budget, from);
  problems.addAll(parsed.problems);
  if (parsed.root !== null && parsed.isFlow) return parsed.root;
  if (parsed.problems.length > 0) return null;
  const at = { file, start: from, end: file.text.length };
  problems.add(
    parsed.root === null
      ? setInvalid(
          'There is no value behind the "=".',
          at,
          'Write null to remove a setting.',
        )
      : setInvalid(
          'The value is neither a scalar nor a list or mapping in brackets.',
          at,
          'Quotes make it text; a mapping is written {name: value}.',
        ),
  );
  return null;
}

function splitPath(file: SourceFile, path: string): readonly Segment[] {
  const offset = file.text.indexOf(path);
  return Array.from(path.matchAll(new RegExp(SEGMENT, 'g')), (match) => {
    const start = offset + match.index;
    return {
      name: match[0].replace(/^"(.*)"$/, '$1'),
      at: { file, start, end: start + match[0].length },
    };
  });
}

/** The path in an overlay: `axes` or `claims` and what follows, or `nodes`, a family and what follows. */
function fullPath(
  segments: readonly Segment[],
  families: readonly string[],
  problems: Problems,
): readonly Segment[] | null {
  const [first, second] = segments;
  if (first === undefined) return null;
  const isPart =
    first.name === 'axes' ||
    (['nodes', 'claims'].includes(first.name) &&
      !families.includes(first.name));
  if (isPart) {
    if (second !== undefined) return segments;
    problems.add(
      setInvalid(
        `${quoted(first.name)} can't be set as a whole.`,
        first.at,
        FORM,
      ),
    );
    return null;
  }
  if (
    second !== undefined &&
    families.includes(first.name) &&
    !FAMILY_KEYS.includes(second.name)
  ) {
    const rest = segments
      .slice(1)
      .map(({ name }) => name)
      .join('.');
    problems.add(
      setInvalid(
        `A family has no setting ${quoted(second.name)}.`,
        second.at,
        didYouMean(second.name, FAMILY_KEYS) ??
          `A parameter is set with ${quoted(`${first.name}.params.${rest}=…`)}.`,
      ),
    );
    return null;
  }
  return [{ ...first, name: 'nodes' }, ...segments];
}

/** Mappings around a value, one a segment. */
function nest(segments: readonly Segment[], value: Value): MappingValue {
  const [first, ...rest] = segments;
  if (first === undefined) throw new Error('Internal error: an empty path');
  const { name, at } = first;
  const inner = rest.length === 0 ? value : nest(rest, value);
  return {
    type: 'mapping',
    entries: new Map([[name, { key: name, keyAt: at, value: inner }]]),
    at: { ...at, end: at.file.text.length },
  };
}
