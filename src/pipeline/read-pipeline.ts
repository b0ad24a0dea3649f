import {
  keyMissing,
  versionUnsupported,
} from '../diagnostics/catalogue/shape.ts';
import { fileEmpty, includeKey } from '../diagnostics/catalogue/files.ts';
import type { SourceFile, Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { checkPlaceholders } from './placeholders.ts';
import {
  checkKeys,
  optionalList,
  optionalMapping,
  reportShape,
  textOf,
} from './shape.ts';
import type { Entry, MappingValue, ScalarValue, Value } from './value.ts';

/** One file, its top level checked; what is inside is checked once the overlays are on it. */
export interface PipelineFile {
  readonly file: SourceFile;
  /** Empty where it is missing or wrong. */
  readonly name: string;
  readonly includes: readonly ScalarValue[];
  readonly axes: ReadonlyMap<string, Entry>;
  /** Key of the family, as it is written, with its settings. */
  readonly families: ReadonlyMap<string, Entry>;
  readonly claims: ReadonlyMap<string, Entry>;
  readonly profiles: ReadonlyMap<string, Entry>;
}

const KEYS = [
  'pipeline',
  'name',
  'description',
  'include',
  'axes',
  'nodes',
  'claims',
  'profiles',
];

/**
 * Reads the top level of a file.
 *
 * @param isIncluded whether another file includes it; such a file adds axes, nodes and claims, and nothing else.
 */
export function readPipelineFile(
  file: SourceFile,
  root: Value | null,
  isIncluded: boolean,
  problems: Problems,
): PipelineFile | null {
  const start: Span = { file, start: 0, end: 0 };
  if (root === null) {
    problems.add(fileEmpty(start));
    return null;
  }
  if (root.type !== 'mapping') {
    reportShape('A pipeline', 'a mapping', root, problems);
    return null;
  }
  checkPlaceholders(root, problems);
  const { entries } = root;
  if (isIncluded) {
    for (const key of ['name', 'profiles']) {
      const entry = entries.get(key);
      if (entry !== undefined) problems.add(includeKey(key, entry.keyAt));
    }
  }
  checkKeys(root, KEYS, 'A pipeline', problems);
  checkVersion(entries.get('pipeline'), start, isIncluded, problems);
  const description = entries.get('description');
  if (description !== undefined) textOf(description, problems);
  return {
    file,
    name: isIncluded ? '' : readName(entries.get('name'), start, problems),
    includes: readIncludes(entries.get('include'), problems),
    axes: optionalMapping(entries.get('axes'), problems)?.entries ?? new Map(),
    families:
      optionalMapping(entries.get('nodes'), problems)?.entries ?? new Map(),
    claims:
      optionalMapping(entries.get('claims'), problems)?.entries ?? new Map(),
    profiles: isIncluded
      ? new Map()
      : readProfiles(entries.get('profiles'), problems),
  };
}

function checkVersion(
  entry: Entry | undefined,
  start: Span,
  isIncluded: boolean,
  problems: Problems,
): void {
  if (entry === undefined) {
    // An included file is in the version of the file that includes it.
    if (isIncluded) return;
    const help =
      'A pipeline starts with "pipeline: 1", the version of its language.';
    problems.add(keyMissing('pipeline', 'The file', start, help));
    return;
  }
  const { value } = entry;
  if (value.type !== 'scalar' || typeof value.value !== 'number') {
    reportShape(
      '"pipeline"',
      '1, the version of the language',
      value,
      problems,
    );
  } else if (value.value !== 1) {
    problems.add(versionUnsupported(value.text, value.at));
  }
}

function readName(
  entry: Entry | undefined,
  start: Span,
  problems: Problems,
): string {
  if (entry === undefined) {
    problems.add(keyMissing('name', 'The file', start));
    return '';
  }
  const name = textOf(entry, problems);
  if (name === '') {
    reportShape('"name"', 'a text that is not empty', entry.value, problems);
  }
  return name ?? '';
}

function readIncludes(
  entry: Entry | undefined,
  problems: Problems,
): readonly ScalarValue[] {
  const includes: ScalarValue[] = [];
  for (const item of optionalList(entry, problems)?.items ?? []) {
    if (
      item.type === 'scalar' &&
      typeof item.value === 'string' &&
      item.value !== ''
    ) {
      includes.push(item);
    } else {
      reportShape('"include"', 'a list of paths', item, problems);
    }
  }
  return includes;
}

/** All profiles, the chosen and the others: a mistake in one should not wait until somebody needs it. */
function readProfiles(
  entry: Entry | undefined,
  problems: Problems,
): ReadonlyMap<string, Entry> {
  const profiles =
    optionalMapping(entry, problems)?.entries ?? new Map<string, Entry>();
  for (const profile of profiles.values()) {
    const overlay = optionalMapping(profile, problems);
    if (overlay !== null) checkOverlay(overlay, problems);
  }
  return profiles;
}

function checkOverlay(overlay: MappingValue, problems: Problems): void {
  const known = ['axes', 'nodes', 'claims'];
  checkKeys(overlay, known, 'A profile', problems);
  for (const key of known) optionalMapping(overlay.entries.get(key), problems);
}
