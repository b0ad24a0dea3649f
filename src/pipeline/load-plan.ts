import { axisUnused } from '../diagnostics/catalogue/axes.ts';
import {
  definedTwice,
  noNodes,
  profileUnknown,
} from '../diagnostics/catalogue/shape.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { Problems } from '../diagnostics/problems.ts';
import type { Registry } from '../kind/registry.ts';
import { err, ok, type Result } from '../util/result.ts';
import { buildNodes } from './build-plan.ts';
import { checkEpochs } from './check-epochs.ts';
import { checkInputs, type MembersOf } from './check-inputs.ts';
import { ParamsChecker } from './check-params.ts';
import {
  areInputsWithin,
  areParamsWithin,
  countMembers,
} from './count-plan.ts';
import { readFamily, type Family } from './family.ts';
import { parseFamilyKey } from './family-key.ts';
import {
  checkFamilyParams,
  type Checking,
  type ParamsOf,
} from './family-params.ts';
import { checkPickedParams } from './picked-params.ts';
import { reportCycles, type InputsOf } from './find-cycles.ts';
import { applyOverlay, type Draft } from './overlay.ts';
import type { Plan } from './plan.ts';
import { printPipeline } from './print-pipeline.ts';
import { readAxis, type Axis } from './read-axes.ts';
import { readClaims } from './read-claims.ts';
import { readFiles } from './read-files.ts';
import type { PipelineFile } from './read-pipeline.ts';
import { resolveClaims } from './resolve-claims.ts';
import { resolveAllInputs } from './resolve-inputs.ts';
import { resolveAllPicks, type PicksOf } from './resolve-picks.ts';
import { parseSetArgument } from './set-argument.ts';
import { optionalMapping } from './shape.ts';
import { freshBudget, type SourceBudget } from './source.ts';
import { readTemplate, type Template } from './template.ts';
import type { Entry } from './value.ts';
import { withPickers } from './with-pickers.ts';

/** What stands as the file in diagnostics of a `--profile`. */
const PROFILE_FILE = '--profile';

/** What to make a plan of. */
export interface LoadOptions {
  /** As given on the command line: diagnostics show it like that. */
  readonly file: string;
  /** Names, the later ones laid over the earlier. */
  readonly profiles: readonly string[];
  /** `family.params.x=value`, laid over the profiles in order. */
  readonly sets: readonly string[];
  readonly registry: Registry;
}

/** A plan, and what was doubtful in its file. */
export interface LoadedPlan {
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
  /** One file that means the same, with all that is included, profiles and settings applied. */
  readonly print: () => string;
}

/**
 * Reads a pipeline file with all that it includes, lays profiles and `--set` over it, and makes the plan: families
 * expanded, references resolved, parameters checked and completed.
 *
 * @returns the plan, or everything that is wrong at once, warnings too.
 */
export function loadPlan(
  options: LoadOptions,
): Result<LoadedPlan, readonly Diagnostic[]> {
  const problems = new Problems();
  const budget = freshBudget();
  const files = readFiles(options.file, budget, problems);
  const [main] = files;
  if (main === undefined) return err(problems.list());
  const draft = mergeFiles(files, problems);
  const declared = declaredValues(draft);
  applyProfiles(draft, main, options.profiles, problems);
  applySets(draft, options.sets, budget, problems);
  const checker = new ParamsChecker();
  const { registry } = options;
  const nodes = makeNodes(
    draft,
    declared,
    { registry, checker },
    main,
    problems,
  );
  // After the nodes: what is wrong with a claim is no reason not to look at the rest.
  const drafts = readClaims(draft.claims, checker, problems);
  if (nodes === null) return err(problems.list());
  const known = { nodes, registry, declared, removed: draft.removed };
  const claims = resolveClaims(drafts, known, problems);
  if (problems.hasErrors) return err(problems.list());
  const plan = { name: main.name, file: options.file, nodes, claims };
  return ok({
    plan,
    warnings: problems.list(),
    print: () =>
      printPipeline(
        main.name,
        draft,
        registry,
        new Set(claims.map(({ name }) => name)),
        declared,
      ),
  });
}

/** Axes, families and claims of all files, under one roof. */
function mergeFiles(files: readonly PipelineFile[], problems: Problems): Draft {
  const draft: Draft = {
    axes: new Map(),
    families: new Map(),
    claims: new Map(),
    removed: new Map(),
    unreadable: 0,
  };
  for (const file of files) {
    addEntries('axis', file.axes, draft.axes, problems);
    addEntries('claim', file.claims, draft.claims, problems);
    for (const entry of file.families.values()) {
      const key = parseFamilyKey(entry.key, entry.keyAt, problems);
      if (key === null) {
        draft.unreadable += 1;
        continue;
      }
      const first = draft.families.get(key.name);
      if (first === undefined) {
        draft.families.set(key.name, { key, entry });
      } else {
        draft.unreadable += 1;
        problems.add(definedTwice('family', key.name, key.at, first.key.at));
      }
    }
  }
  return draft;
}

/** Adds what a file has under names that no earlier file has. */
function addEntries(
  what: 'axis' | 'claim',
  entries: ReadonlyMap<string, Entry>,
  to: Map<string, Entry>,
  problems: Problems,
): void {
  for (const entry of entries.values()) {
    const { key, keyAt } = entry;
    const first = to.get(key);
    if (first === undefined) to.set(key, entry);
    else problems.add(definedTwice(what, key, keyAt, first.keyAt));
  }
}

/** Value names by axis, as the files have them. */
function declaredValues(
  draft: Draft,
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = ({ value }: Entry): string[] =>
    value.type === 'mapping'
      ? [...value.entries.keys()]
      : value.type === 'list'
        ? value.items.flatMap((item) =>
            item.type === 'scalar' ? [item.text] : [],
          )
        : [];
  return new Map(
    Array.from(draft.axes, ([axis, entry]) => [axis, new Set(names(entry))]),
  );
}

function applyProfiles(
  draft: Draft,
  main: PipelineFile,
  names: readonly string[],
  problems: Problems,
): void {
  for (const name of names) {
    const profile = main.profiles.get(name);
    if (profile === undefined) {
      const at = {
        file: { path: PROFILE_FILE, text: name },
        start: 0,
        end: name.length,
      };
      problems.add(profileUnknown(name, [...main.profiles.keys()], at));
      continue;
    }
    const overlay = optionalMapping(profile, problems);
    if (overlay !== null) applyOverlay(draft, overlay, problems);
  }
}

function applySets(
  draft: Draft,
  sets: readonly string[],
  budget: SourceBudget,
  problems: Problems,
): void {
  for (const set of sets) {
    const families = [...draft.families.keys()];
    const overlay = parseSetArgument(set, families, budget, problems);
    if (overlay !== null) applyOverlay(draft, overlay, problems);
  }
}

/** The nodes, or null where they can't be made. */
function makeNodes(
  draft: Draft,
  declared: ReadonlyMap<string, ReadonlySet<string>>,
  {
    registry,
    checker,
  }: { readonly registry: Registry; readonly checker: ParamsChecker },
  main: PipelineFile,
  problems: Problems,
): Plan['nodes'] | null {
  const axes = new Map<string, Axis>();
  for (const entry of draft.axes.values()) {
    axes.set(entry.key, readAxis(entry, problems));
  }
  const families = Array.from(draft.families.values(), (family) =>
    readFamily(family, { axes, removed: draft.removed }, registry, problems),
  );
  const fed = resolveAllInputs(families, draft.removed, problems);
  const picksOf = resolveAllPicks(fed, draft.removed, registry, problems);
  const templates = new Map(
    families.map((family): [Family, Template] => [
      family,
      readTemplate(family, picksOf.get(family) ?? null, problems),
    ]),
  );
  const inputsOf = withPickers(fed, picksOf, templates);
  if (draft.unreadable === 0) warn(axes, families, main, problems);
  const membersOf = countMembers(families, declared, problems);
  if (membersOf === null) return null;
  if (!areParamsWithin(membersOf, templates, problems)) return null;
  const checking = { checker, problems };
  const paramsOf = checkParams(
    { membersOf, inputsOf, picksOf },
    templates,
    checking,
  );
  if (paramsOf === null) return null;
  for (const [family, members] of membersOf) {
    checkInputs(members, inputsOf.get(family) ?? [], membersOf, problems);
  }
  checkEpochs({ inputsOf, membersOf, paramsOf }, problems);
  const circles = reportCycles(inputsOf, membersOf, problems);
  if (problems.hasErrors) return null;
  return buildNodes({ membersOf, inputsOf, paramsOf, circles });
}

/** The parameters of all families, or null where too much would have to be gone through. */
function checkParams(
  {
    membersOf,
    inputsOf,
    picksOf,
  }: {
    readonly membersOf: MembersOf;
    readonly inputsOf: InputsOf;
    readonly picksOf: PicksOf;
  },
  templates: ReadonlyMap<Family, Template>,
  checking: Checking,
): ReadonlyMap<Family, ParamsOf> | null {
  const paramsOf = new Map<Family, ParamsOf>();
  for (const [family, members] of membersOf) {
    const template = templates.get(family);
    if (template === undefined || picksOf.has(family)) continue;
    paramsOf.set(family, checkFamilyParams(members, template, checking));
  }
  if (!areInputsWithin(membersOf, inputsOf, checking.problems)) return null;
  // Afterwards: what may be picked depends on the parameters of what picks, which are never picked themselves.
  for (const [family, picks] of picksOf) {
    const [template, members] = [templates.get(family), membersOf.get(family)];
    if (template === undefined || members === undefined) continue;
    const pickers = { membersOf, inputsOf, paramsOf };
    paramsOf.set(
      family,
      checkPickedParams(members, template, picks, pickers, checking),
    );
  }
  return paramsOf;
}

function warn(
  axes: ReadonlyMap<string, Axis>,
  families: readonly Family[],
  { file }: PipelineFile,
  problems: Problems,
): void {
  const bound = new Set(
    families.flatMap(({ bindings }) => bindings.map(({ axis }) => axis.name)),
  );
  // A family with a misspelt axis may mean any of them.
  const isClear = !families.some(({ hasUnknownAxes }) => hasUnknownAxes);
  for (const { name, at } of axes.values()) {
    if (isClear && !bound.has(name)) problems.add(axisUnused(name, at));
  }
  if (families.length === 0 && !problems.hasErrors) {
    problems.add(noNodes({ file, start: 0, end: 0 }));
  }
}
