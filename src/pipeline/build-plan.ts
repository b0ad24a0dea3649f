import { topologicalOrder } from '../graph/topological-order.ts';
import type { AnyKind } from '../kind/kind.ts';
import type { MembersOf } from './check-inputs.ts';
import { endingAt } from './check-epochs.ts';
import {
  baseIndex,
  collect,
  compareMembers,
  isCollecting,
  type MemberRef,
} from './collect-members.ts';
import { EPOCH, epochOf } from './epoch-reference.ts';
import type { Family } from './family.ts';
import type { ParamsOf } from './family-params.ts';
import { familyGraph, memberGraph, type InputsOf } from './find-cycles.ts';
import {
  coordinatesOf,
  memberIndices,
  memberName,
  type Members,
} from './members.ts';
import type {
  Coordinates,
  NodeName,
  OpenNode,
  PlannedInput,
  PlannedNode,
  SettledNode,
} from './plan.ts';
import type { FamilyInput } from './resolve-inputs.ts';

/** All families, checked: nothing is wrong with any of them. */
export interface CheckedFamilies {
  readonly membersOf: MembersOf;
  readonly inputsOf: InputsOf;
  readonly paramsOf: ReadonlyMap<Family, ParamsOf>;
  /** Families that refer to each other in a circle, though their members don't. */
  readonly circles: readonly Family[];
}

/** A member that feeds another one, and at which of its epochs; null for its end. */
interface InputRef extends MemberRef {
  readonly epoch: number | null;
}

/** Name and coordinates of a member: made once, since many nodes refer to it. */
interface Named {
  readonly node: NodeName;
  readonly coordinates: Coordinates;
}

/** The nodes of a plan, each after its inputs, else in the order of the file. */
export function buildNodes(
  families: CheckedFamilies,
): ReadonlyMap<NodeName, PlannedNode> {
  const { inputsOf, membersOf, circles } = families;
  const named = new Map<Members, Map<number, Named>>();
  const nameOf = ({ members, index }: MemberRef): Named => {
    const names = named.get(members) ?? new Map<number, Named>();
    named.set(members, names);
    const known = names.get(index);
    if (known !== undefined) return known;
    const made = {
      node: memberName(members, index) as NodeName,
      coordinates: coordinatesOf(members, index),
    };
    names.set(index, made);
    return made;
  };
  const nodes = new Map<NodeName, PlannedNode>();
  /** The node itself, or the run that ends at one of its epochs, which comes into the plan with the first reference to it. */
  const nodeAt = ({
    epoch,
    ...member
  }: InputRef): Named & { family: string } => {
    const named = nameOf(member);
    const { kind, name: family } = member.members.family;
    if (epoch === null) return { ...named, family };
    const whole = nodes.get(named.node);
    if (whole === undefined || kind === null) {
      throw new Error(
        `Internal error: "${named.node}" comes after what it feeds`,
      );
    }
    const ending: PlannedNode = {
      ...endingNode(kind, whole, epoch),
      name: `${whole.name}@${EPOCH}=${epoch}` as NodeName,
      family: `${family}@${EPOCH}=${epoch}`,
      coordinates: { ...whole.coordinates, [EPOCH]: String(epoch) },
    };
    nodes.set(ending.name, nodes.get(ending.name) ?? ending);
    const { name: node, coordinates } = ending;
    return { node, coordinates, family: ending.family };
  };
  const inputs = new InputBuilder(membersOf, nodeAt);
  const order = topologicalOrder(familyGraph(inputsOf));
  const constants = new Map(
    order.map((family) => [family, constantOf(family)]),
  );
  for (const member of memberOrder(order, inputsOf, membersOf, circles)) {
    const { node, coordinates } = nameOf(member);
    const { family } = member.members;
    const constant = constants.get(family);
    if (constant === undefined) continue;
    nodes.set(node, {
      name: node,
      family: family.name,
      coordinates,
      kind: constant.kind,
      output: constant.output,
      resources: constant.resources,
      allow: constant.allow,
      spans: constant.spans,
      ...paramsOf(families, member, nameOf),
      inputs: inputs.all(inputsOf.get(family) ?? [], member),
    });
  }
  return nodes;
}

/** What all members of a family have in common. */
function constantOf(family: Family) {
  const { kind, resources } = family;
  if (kind === null) throw new Error('Internal error: a family without a kind');
  return {
    kind: kind.name,
    output: kind.output,
    resources: resources.resources,
    allow: family.allow,
    spans: {
      resources: resources.at,
      family: family.at,
      kind: family.kindAt,
      params: family.paramsAt,
      settings: Object.fromEntries(
        Array.from(
          family.params?.type === 'mapping' ? family.params.entries : [],
          ([name, { value }]) => [name, value.at],
        ),
      ),
    },
  };
}

/** A node with the parameters of the run that ends after an epoch. */
function endingNode(
  kind: AnyKind,
  node: PlannedNode,
  epoch: number,
): PlannedNode {
  if (node.params !== null) {
    return { ...node, params: endingAt(kind, node.params, epoch) };
  }
  const params = Array.from(
    node.picks.params,
    ([name, one]) => [name, endingAt(kind, one, epoch)] as const,
  );
  return { ...node, picks: { ...node.picks, params: new Map(params) } };
}

function paramsOf(
  { paramsOf: byFamily, inputsOf, membersOf }: CheckedFamilies,
  { members, index }: MemberRef,
  nameOf: (member: MemberRef) => Named,
): Pick<SettledNode, 'params'> | Pick<OpenNode, 'params' | 'picks'> {
  const { family } = members;
  const found = byFamily.get(family)?.(index);
  if (found === undefined) {
    throw new Error('Internal error: a member without parameters');
  }
  if (found.type === 'settled') return { params: found.params };
  const picker = inputsOf.get(family)?.find(({ picks }) => picks);
  const [source] = picker?.sources ?? [];
  const from = source && membersOf.get(source.target);
  const kind = source?.target.kind?.name;
  if (source === undefined || from === undefined || kind === undefined) {
    throw new Error('Internal error: settings that nothing picks');
  }
  const { axes, params, base } = found;
  const { node } = nameOf({ members: from, index: base });
  return {
    params: null,
    picks: { from: node, kind, axes, params, at: source.at },
  };
}

/** Members in an order in which each comes after its inputs. */
function memberOrder(
  order: readonly Family[],
  inputsOf: InputsOf,
  membersOf: MembersOf,
  circles: readonly Family[],
): Iterable<MemberRef> {
  if (circles.length > 0) {
    const graph = memberGraph(order, inputsOf, membersOf);
    return topologicalOrder(graph).map((id) => graph.ref(id));
  }
  return order.flatMap((family) => {
    const members = membersOf.get(family);
    return members === undefined
      ? []
      : Array.from(memberIndices(members), (index) => ({ members, index }));
  });
}

/** Order of members, those of one node by their epochs, its end first. */
const compareRefs = (left: InputRef, right: InputRef): number =>
  compareMembers(left, right) || (left.epoch ?? 0) - (right.epoch ?? 0);

/** Makes what feeds slots. Members that are fed the same share one object. */
class InputBuilder {
  readonly #membersOf: MembersOf;
  readonly #nodeAt: (ref: InputRef) => Named & { family: string };
  readonly #made = new Map<FamilyInput, Map<string, PlannedInput>>();

  constructor(
    membersOf: MembersOf,
    nodeAt: (ref: InputRef) => Named & { family: string },
  ) {
    this.#membersOf = membersOf;
    this.#nodeAt = nodeAt;
  }

  all(
    inputs: readonly FamilyInput[],
    member: MemberRef,
  ): Readonly<Record<string, PlannedInput>> {
    return Object.fromEntries(
      inputs
        .filter(({ picks }) => !picks)
        .map((input) => [input.slot, this.#one(input, member)]),
    );
  }

  #one(input: FamilyInput, { members, index }: MemberRef): PlannedInput {
    const made = this.#made.get(input) ?? new Map<string, PlannedInput>();
    this.#made.set(input, made);
    const targets = input.sources.map((source) => {
      const target = this.#membersOf.get(source.target);
      if (target === undefined) {
        throw new Error('Internal error: a reference to nothing');
      }
      const base = baseIndex(source, target, members, index);
      const epoch = source.epoch && epochOf(source.epoch, members, index);
      return { source, target, base, epoch };
    });
    const key = targets.map(({ base, epoch }) => `${base}@${epoch}`).join();
    const known = made.get(key);
    if (known !== undefined) return known;
    const refs = targets.flatMap(({ source, target, base, epoch }) =>
      collect(source, target, base).map((one) => ({
        members: target,
        index: one,
        epoch,
      })),
    );
    const planned = this.#planned(input, refs);
    made.set(key, planned);
    return planned;
  }

  #planned(input: FamilyInput, refs: readonly InputRef[]): PlannedInput {
    const { at } = input;
    if (!input.collects) {
      const [only] = refs;
      if (only === undefined) throw new Error('Internal error: an empty input');
      return { type: 'single', node: this.#nodeAt(only).node, at };
    }
    // One reference collects in order already.
    const isSorted =
      input.sources.length === 1 && input.sources.every(isCollecting);
    const sorted = isSorted ? refs : [...refs].sort(compareRefs);
    return {
      type: 'collected',
      members: sorted.map(this.#nodeAt),
      at,
    };
  }
}
