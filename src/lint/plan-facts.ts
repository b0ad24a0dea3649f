import type { LayerFact } from '../kind/facts.ts';
import type { AnyKind } from '../kind/kind.ts';
import type { Registry } from '../kind/registry.ts';
import type { JsonObject } from '../util/json.ts';
import {
  possibleParams,
  type Plan,
  type PlannedNode,
} from '../pipeline/plan.ts';

/** A plan with what its kinds know of its nodes before they run; each fact is worked out once. */
export class PlanFacts {
  readonly plan: Plan;
  readonly #registry: Registry;
  readonly #layers = new Map<PlannedNode, readonly LayerFact[] | null>();
  readonly #origins = new Map<PlannedNode, PlannedNode | null>();
  readonly #settings = new Map<PlannedNode, ReadonlyMap<string, string>>();
  /** Kind and parameters as text -> settings. */
  readonly #sameSettings = new Map<string, ReadonlyMap<string, string>>();

  constructor(plan: Plan, registry: Registry) {
    this.plan = plan;
    this.#registry = registry;
  }

  /**
   * Every node with its parameters, one that another node picks settings for once with all that they may be: what would be
   * wrong with one of them is found.
   */
  *settings(): Generator<readonly [PlannedNode, JsonObject]> {
    for (const node of this.nodes) {
      for (const params of possibleParams(node)) yield [node, params];
    }
  }

  /** The nodes, each after its inputs. */
  get nodes(): Iterable<PlannedNode> {
    return this.plan.nodes.values();
  }

  kindOf(node: PlannedNode): AnyKind {
    const kind = this.#registry.get(node.kind);
    if (kind === undefined) {
      throw new Error(`Internal error: no kind "${node.kind}"`);
    }
    return kind;
  }

  /** What feeds a slot; nothing where it is left open. */
  feeding(node: PlannedNode, slot: string): readonly PlannedNode[] {
    const input = node.inputs[slot];
    if (input === undefined) return [];
    const names =
      input.type === 'single'
        ? [input.node]
        : input.members.map((member) => member.node);
    return names.flatMap((name) => this.plan.nodes.get(name) ?? []);
  }

  /** The layers that a node yields, or null where only a run tells. */
  layersOf(node: PlannedNode): readonly LayerFact[] | null {
    const known = this.#layers.get(node);
    if (known !== undefined) return known;
    const { facts } = this.kindOf(node);
    const [slot] = facts?.layersFrom ?? [];
    const [from] = slot === undefined ? [] : this.feeding(node, slot);
    const above = from === undefined ? null : this.layersOf(from);
    const side = this.imageSideOf(node);
    const layers = agreed(
      possibleParams(node).map(
        (params) => facts?.layers?.(params as never, above, side) ?? null,
      ),
    );
    this.#layers.set(node, layers);
    return layers;
  }

  /** The node that made the examples which this one works on, or null where that is not known. */
  originOf(node: PlannedNode): PlannedNode | null {
    const known = this.#origins.get(node);
    if (known !== undefined) return known;
    const slot = this.kindOf(node).facts?.examples;
    const [from] =
      slot === undefined || slot === null ? [] : this.feeding(node, slot);
    const origin =
      slot === null ? node : from === undefined ? null : this.originOf(from);
    this.#origins.set(node, origin);
    return origin;
  }

  /** Rows of the images which a node works on, or null where that is not known. */
  imageSideOf(node: PlannedNode): number | null {
    const origin = this.originOf(node);
    if (origin === null) return null;
    const { facts } = this.kindOf(origin);
    return agreed(
      possibleParams(origin).map(
        (params) => facts?.imageSide?.(params as never) ?? null,
      ),
    );
  }

  /**
   * All parameters of a node's kind as text, to be compared; where they are picked, everything that they may be. One object
   * for all nodes of a kind that have the same.
   */
  settingsOf(node: PlannedNode): ReadonlyMap<string, string> {
    const known = this.#settings.get(node);
    if (known !== undefined) return known;
    const text = `${node.kind} ${JSON.stringify(possibleParams(node))}`;
    const settings = this.#sameSettings.get(text) ?? this.#textsOf(node);
    this.#sameSettings.set(text, settings);
    this.#settings.set(node, settings);
    return settings;
  }

  #textsOf(node: PlannedNode): ReadonlyMap<string, string> {
    return new Map(
      Object.keys(this.kindOf(node).params.properties).map((name) => {
        const values = possibleParams(node).map(({ [name]: value }) =>
          value === undefined ? 'none' : JSON.stringify(value),
        );
        return [name, [...new Set(values)].sort().join(' or ')];
      }),
    );
  }
}

/** What all answers are, or null where they differ. */
const agreed = <T>(answers: readonly (T | null)[]): T | null =>
  new Set(answers.map((one) => JSON.stringify(one))).size === 1
    ? (answers[0] ?? null)
    : null;
