import { epochMissing } from '../diagnostics/catalogue/references.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Related } from '../diagnostics/make.ts';
import type { Problems } from '../diagnostics/problems.ts';
import type { AnyKind } from '../kind/kind.ts';
import type { JsonObject } from '../util/json.ts';
import type { MembersOf } from './check-inputs.ts';
import { baseIndex, collect } from './collect-members.ts';
import { epochOf, type EpochSelector } from './epoch-reference.ts';
import type { Family } from './family.ts';
import type { MemberParams, ParamsOf } from './family-params.ts';
import type { InputsOf } from './find-cycles.ts';
import {
  memberIndices,
  memberName,
  valueNameOf,
  type Members,
} from './members.ts';
import type { Source } from './resolve-inputs.ts';

/** How many epochs the run of these parameters has. They were checked against the kind's schema, which is what `never` hides. */
const epochsIn = ({ course }: AnyKind, params: JsonObject): number =>
  course?.epochs(params as never) ?? 0;

/** Parameters of the run that ends after an epoch. */
export const endingAt = (
  { course }: AnyKind,
  params: JsonObject,
  epoch: number,
): JsonObject =>
  (course?.endingAt(params as never, epoch) ?? params) as JsonObject;

/** Families as they are when their parameters have been checked. */
interface Checked {
  readonly inputsOf: InputsOf;
  readonly membersOf: MembersOf;
  readonly paramsOf: ReadonlyMap<Family, ParamsOf>;
}

/** Reports references to epochs that there are not, once a reference, for the first member that has one. */
export function checkEpochs(checked: Checked, problems: Problems): void {
  for (const [family, inputs] of checked.inputsOf) {
    const from = checked.membersOf.get(family);
    for (const source of inputs.flatMap(({ sources }) => sources)) {
      const { epoch } = source;
      if (from === undefined || epoch === null) continue;
      const missing = firstMissing(from, source, epoch, checked);
      if (missing !== undefined) problems.add(missing);
    }
  }
}

function firstMissing(
  from: Members,
  source: Source,
  epoch: EpochSelector,
  { membersOf, paramsOf }: Checked,
): Diagnostic | undefined {
  const target = membersOf.get(source.target);
  const { kind } = source.target;
  if (target === undefined || kind === null) return undefined;
  for (const index of memberIndices(from)) {
    const asked = epochOf(epoch, from, index);
    const base = baseIndex(source, target, from, index);
    for (const one of collect(source, target, base)) {
      const params = paramsOf.get(source.target)?.(one);
      for (const [picked, possible] of possibilities(params)) {
        const epochs = epochsIn(kind, possible);
        if (asked <= epochs) continue;
        const facts = { node: memberName(target, one), epochs, asked, picked };
        return epochMissing(facts, epoch.at, valueAt(from, index, epoch));
      }
    }
  }
  return undefined;
}

/** All parameters that a member may have, with the name of what is picked then. */
const possibilities = (
  params: MemberParams | undefined,
): Iterable<readonly [picked: string | null, JsonObject]> =>
  params === undefined
    ? []
    : params.type === 'picked'
      ? params.params
      : [[null, params.params]];

/** Where the value stands by which a member asks for its epoch. */
function valueAt(
  from: Members,
  index: number,
  { place }: EpochSelector,
): readonly Related[] {
  const binding = place === null ? undefined : from.family.bindings[place];
  if (place === null || binding === undefined) return [];
  const name = valueNameOf(from, index, place);
  const value = binding.axis.values[binding.axis.indexOf.get(name) ?? -1];
  return value === undefined
    ? []
    : [{ message: `for ${binding.name} = ${name}`, at: value.at }];
}
