import { cycle } from '../diagnostics/catalogue/plan.ts';
import type { Related } from '../diagnostics/make.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import { findCycles, findKnots } from '../graph/find-cycles.ts';
import type { Graph } from '../graph/graph.ts';
import type { MembersOf } from './check-inputs.ts';
import { baseIndex, collect, type MemberRef } from './collect-members.ts';
import type { Family } from './family.ts';
import { isMember, memberIndices, memberName } from './members.ts';
import type { FamilyInput, Source } from './resolve-inputs.ts';

/** Inputs by family. */
export type InputsOf = ReadonlyMap<Family, readonly FamilyInput[]>;

/** Families and the families they refer to. */
export const familyGraph = (inputsOf: InputsOf): Graph<Family> => ({
  ids: [...inputsOf.keys()],
  next: (family) =>
    (inputsOf.get(family) ?? []).flatMap(({ sources }) =>
      sources.map(({ target }) => target),
    ),
});

/** A graph of the members of some families, each with a number: whole numbers are cheap where nodes are many. */
export interface MemberGraph extends Graph<number> {
  ref(id: number): MemberRef;
  /** The sources of a member, with the ids that they lead to. */
  edges(id: number): Iterable<{ readonly source: Source; readonly to: number }>;
}

/** The members of some families and what they need of each other. */
export function memberGraph(
  families: readonly Family[],
  inputsOf: InputsOf,
  membersOf: MembersOf,
): MemberGraph {
  const offsets = new Map<Family, number>();
  const refs: MemberRef[] = [];
  for (const family of families) {
    const members = membersOf.get(family);
    if (members === undefined) continue;
    offsets.set(family, refs.length);
    for (let index = 0; index < members.size; index++) {
      refs.push({ members, index });
    }
  }
  const ref = (id: number): MemberRef => {
    const found = refs[id];
    if (found === undefined) throw new Error(`Internal error: no member ${id}`);
    return found;
  };
  function* ids(): Iterable<number> {
    for (const [family, offset] of offsets) {
      const members = membersOf.get(family);
      if (members === undefined) continue;
      for (const index of memberIndices(members)) yield offset + index;
    }
  }
  function* edges(id: number): Iterable<{ source: Source; to: number }> {
    const { members, index } = ref(id);
    for (const { sources } of inputsOf.get(members.family) ?? []) {
      for (const source of sources) {
        const offset = offsets.get(source.target);
        const target = membersOf.get(source.target);
        if (offset === undefined || target === undefined) continue;
        const base = baseIndex(source, target, members, index);
        for (const one of collect(source, target, base)) {
          if (isMember(target, one)) yield { source, to: offset + one };
        }
      }
    }
  }
  return {
    get ids() {
      return ids();
    },
    *next(id) {
      for (const { to } of edges(id)) yield to;
    },
    ref,
    edges,
  };
}

/**
 * Reports nodes that need themselves, each cycle with all its edges in order. Families may refer to each other in a
 * circle as long as their members don't.
 *
 * @returns the families that refer to each other in a circle, whose members must be put in order one by one.
 */
export function reportCycles(
  inputsOf: InputsOf,
  membersOf: MembersOf,
  problems: Problems,
): readonly Family[] {
  const circles = findKnots(familyGraph(inputsOf)).flat();
  if (circles.length === 0) return [];
  const graph = memberGraph(circles, inputsOf, membersOf);
  const reported = new Set<string>();
  for (const ids of findCycles(graph)) {
    const edges = ids.map((id, place) =>
      edgeTo(graph, id, ids[place + 1] ?? ids[0] ?? id),
    );
    // The members of a family go round in the same circle each for itself: the file has one mistake.
    const places = edges.map(({ at }) => `${at.file.path}:${at.start}`).sort();
    if (reported.has(places.join())) continue;
    reported.add(places.join());
    const [first] = edges;
    if (first === undefined) continue;
    const names = ids.map((id) => nameOf(graph, id));
    problems.add(cycle(names, first.at, edges));
  }
  return circles;
}

const nameOf = (graph: MemberGraph, id: number): string => {
  const { members, index } = graph.ref(id);
  return memberName(members, index);
};

function edgeTo(graph: MemberGraph, from: number, to: number): Related {
  for (const edge of graph.edges(from)) {
    if (edge.to !== to) continue;
    const message = `${quoted(nameOf(graph, from))} needs ${quoted(nameOf(graph, to))}`;
    return { message, at: edge.source.at };
  }
  throw new Error('Internal error: a cycle without an edge');
}
