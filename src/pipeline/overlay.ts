import { axisUnknown } from '../diagnostics/catalogue/axes.ts';
import { claimUnknown } from '../diagnostics/catalogue/claims.ts';
import { familyUnknown } from '../diagnostics/catalogue/references.ts';
import {
  nameInvalid,
  overlayNothing,
  overlayRemoved,
} from '../diagnostics/catalogue/shape.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import type { FamilyKey } from './family-key.ts';
import { optionalMapping, reportShape } from './shape.ts';
import { isNull, type Entry, type MappingValue, type Value } from './value.ts';

/** A family as it is written, before its settings are looked at. */
export interface DraftFamily {
  readonly key: FamilyKey;
  readonly entry: Entry;
}

/** Axes, families and claims by name, on which profiles and `--set` are laid. */
export interface Draft {
  readonly axes: Map<string, Entry>;
  readonly families: Map<string, DraftFamily>;
  readonly claims: Map<string, Entry>;
  /** What overlays have removed so far, by path, with the place where they did. */
  readonly removed: Map<string, Span>;
  /** Families whose keys can't be read, or that stand twice: which axes they bind isn't known. */
  unreadable: number;
}

/**
 * Lays a profile or a `--set` over a draft: mappings merge by key, everything else replaces, null removes.
 *
 * @param overlay a mapping with `axes`, `nodes` and `claims`.
 */
export function applyOverlay(
  draft: Draft,
  overlay: MappingValue,
  problems: Problems,
): void {
  const axes = optionalMapping(overlay.entries.get('axes'), problems);
  const bound = boundAxes(draft);
  for (const entry of axes?.entries.values() ?? []) {
    overlayAxis(draft, entry, bound, problems);
  }
  const nodes = optionalMapping(overlay.entries.get('nodes'), problems);
  for (const entry of nodes?.entries.values() ?? []) {
    overlayFamily(draft, entry, problems);
  }
  const claims = optionalMapping(overlay.entries.get('claims'), problems);
  for (const entry of claims?.entries.values() ?? []) {
    overlayClaim(draft, entry, problems);
  }
}

/** A profile may also bring claims of its own: what has a sentence is one, what has none was meant to change one. */
function overlayClaim(draft: Draft, entry: Entry, problems: Problems): void {
  const { key, keyAt, value } = entry;
  const path = `claims ${key}`;
  const base = draft.claims.get(key);
  const removedAt = draft.removed.get(path);
  const isWhole = value.type === 'mapping' && value.entries.has('says');
  if (isNull(value)) {
    if (draft.claims.delete(key)) draft.removed.set(path, keyAt);
    else if (removedAt === undefined) {
      problems.add(overlayNothing(key, [...draft.claims.keys()], keyAt));
    }
  } else if (base !== undefined || isWhole) {
    draft.claims.set(key, mergeEntry(draft, path, base, entry, problems));
  } else if (removedAt === undefined) {
    problems.add(() => claimUnknown(key, [...draft.claims.keys()], keyAt));
  } else {
    const related = { message: 'removed here', at: removedAt };
    problems.add(overlayRemoved('claim', key, keyAt, related));
  }
}

function overlayAxis(
  draft: Draft,
  entry: Entry,
  bound: ReadonlySet<string>,
  problems: Problems,
): void {
  const { key, keyAt, value } = entry;
  const path = `axes ${key}`;
  const base = draft.axes.get(key);
  if (base === undefined && !draft.removed.has(path) && !bound.has(key)) {
    problems.add(() => axisUnknown(key, [...draft.axes.keys()], keyAt));
  } else if (isNull(value)) {
    draft.axes.delete(key);
    draft.removed.set(path, keyAt);
  } else {
    draft.axes.set(key, mergeEntry(draft, path, base, entry, problems));
  }
}

/** A profile may bring the values of an axis that families bind and the file leaves open. */
const boundAxes = (draft: Draft): ReadonlySet<string> =>
  new Set(
    Array.from(draft.families.values()).flatMap(({ key }) =>
      key.bindings.map(({ axis }) => axis),
    ),
  );

function overlayFamily(draft: Draft, entry: Entry, problems: Problems): void {
  const { key, keyAt, value } = entry;
  const path = `nodes ${key}`;
  const base = draft.families.get(key);
  const removedAt = draft.removed.get(path);
  if (base === undefined && removedAt === undefined) {
    reportFamily(draft, entry, problems);
  } else if (isNull(value)) {
    draft.families.delete(key);
    draft.removed.set(path, keyAt);
  } else if (base === undefined && removedAt !== undefined) {
    const related = { message: 'removed here', at: removedAt };
    problems.add(overlayRemoved('family', key, keyAt, related));
  } else if (base !== undefined && value.type !== 'mapping') {
    reportShape(quoted(key), 'a mapping or null', value, problems);
  } else if (base !== undefined) {
    const merged = mergeEntry(draft, path, base.entry, entry, problems);
    draft.families.set(key, {
      key: base.key,
      entry: { ...merged, keyAt: base.entry.keyAt },
    });
  }
}

function reportFamily(draft: Draft, entry: Entry, problems: Problems): void {
  const [name = ''] = entry.key.split('[');
  const { keyAt } = entry;
  if (name !== entry.key && draft.families.has(name.trim())) {
    const rule = `Profiles and --set name a family without its axes: ${quoted(name.trim())}.`;
    problems.add(nameInvalid('family', entry.key, rule, keyAt));
  } else {
    problems.add(() =>
      familyUnknown(entry.key, [...draft.families.keys()], keyAt, undefined),
    );
  }
}

function mergeEntry(
  draft: Draft,
  path: string,
  base: Entry | undefined,
  over: Entry,
  problems: Problems,
): Entry {
  const value = merge(draft, path, base?.value, over.value, problems);
  // Settings that were merged stand under the key of the file, those that were replaced under the key that did it.
  const isMerged =
    base?.value.type === 'mapping' && over.value.type === 'mapping';
  return { ...over, keyAt: isMerged ? base.keyAt : over.keyAt, value };
}

function merge(
  draft: Draft,
  path: string,
  base: Value | undefined,
  over: Value,
  problems: Problems,
): Value {
  if (over.type !== 'mapping') return over;
  const below = base?.type === 'mapping' ? base : undefined;
  const entries = new Map(below?.entries);
  for (const entry of over.entries.values()) {
    const { key, keyAt } = entry;
    const entryPath = `${path} ${key}`;
    if (!isNull(entry.value)) {
      entries.set(
        key,
        mergeEntry(draft, entryPath, entries.get(key), entry, problems),
      );
    } else if (entries.delete(key)) {
      draft.removed.set(entryPath, keyAt);
    } else if (!draft.removed.has(entryPath)) {
      problems.add(overlayNothing(key, [...entries.keys()], keyAt));
    }
  }
  return { ...(below ?? over), entries };
}
