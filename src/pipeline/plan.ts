import type { ArtifactType } from '../artifact/artifact.ts';
import type { Claim } from '../claims/claim.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Resources } from '../kind/resources.ts';
import type { JsonObject } from '../util/json.ts';

declare const nodeNameBrand: unique symbol;
/**
 * `train[loss=softmax,seed=0]`: the family with every bound name in the family's order, without spaces. With `@epoch=10` behind
 * it the training that ends there.
 */
export type NodeName = string & { readonly [nodeNameBrand]: true };

/** Bound name -> value name, in the family's order. */
export type Coordinates = Readonly<Record<string, string>>;

/** One node of a collected input. */
export interface PlannedMember {
  readonly family: string;
  readonly coordinates: Coordinates;
  readonly node: NodeName;
}

/** A family as people read it: `train[loss,seed]`, `train[loss,seed]@epoch=10`. */
export const familyLabel = ({ name }: Pick<PlannedNode, 'name'>): string =>
  name.replace(/\[.*\]/, (coordinates) =>
    coordinates.replaceAll(/=[^,\]]*/g, ''),
  );

/** What feeds a slot. */
export type PlannedInput =
  | { readonly type: 'single'; readonly node: NodeName; readonly at: Span }
  | {
      readonly type: 'collected';
      /** Sorted by family, then coordinates axis by axis, by code unit. */
      readonly members: readonly PlannedMember[];
      readonly at: Span;
    };

/** A lint rule that a family is excepted from: `allow: { uneven-replicates: "one run was lost" }`. */
export interface Allowance {
  readonly rule: string;
  /** Empty where the file gives none. */
  readonly reason: string;
  /** The rule's name. */
  readonly at: Span;
}

/** What all nodes have, whether their parameters are known or not. */
interface NodeFacts {
  readonly name: NodeName;
  /** Its family, and at which epoch of it: `train`, `train@epoch=10`. */
  readonly family: string;
  /** With its `epoch` where it ends at one. */
  readonly coordinates: Coordinates;
  /** Name of its kind. */
  readonly kind: string;
  readonly output: ArtifactType;
  /** Slot -> what feeds it. */
  readonly inputs: Readonly<Record<string, PlannedInput>>;
  readonly resources: Resources;
  /** Lint rules that the file silences for this family. */
  readonly allow: readonly Allowance[];
  readonly spans: {
    /** Where resources stand that the file names. */
    readonly resources: Readonly<Partial<Record<keyof Resources, Span>>>;
    /** The family's key in the file. */
    readonly family: Span;
    readonly kind: Span;
    readonly params: Span;
    /** Where the parameters stand that the file names one by one. */
    readonly settings: Readonly<Record<string, Span>>;
  };
}

/** A node whose parameters are known. */
export interface SettledNode extends NodeFacts {
  /** Paths are absolute. */
  readonly params: JsonObject;
}

/** A node whose parameters depend on what another one picks. */
export interface OpenNode extends NodeFacts {
  readonly params: null;
  readonly picks: PlannedPicks;
}

/** The parameters that a node may come to have. */
export interface PlannedPicks {
  /** The node that picks. */
  readonly from: NodeName;
  /** Its kind. */
  readonly kind: string;
  /** The axes whose picked values stand in the parameters, in the order of the names below. */
  readonly axes: readonly string[];
  /** By the names of the picked values: what the parameters are then. Never empty. */
  readonly params: ReadonlyMap<string, JsonObject>;
  readonly at: Span;
}

/** One member of a family: valid, resolved, defaults filled in. */
export type PlannedNode = SettledNode | OpenNode;

/** The name under which `PlannedPicks` has parameters. */
export const pickName = (
  axes: readonly string[],
  picked: Coordinates,
): string => axes.map((axis) => `${axis}=${picked[axis] ?? ''}`).join();

/** All parameters that a node may have, one where they are known. */
export const possibleParams = (node: PlannedNode): readonly JsonObject[] =>
  node.params === null ? [...node.picks.params.values()] : [node.params];

/** All that a run needs to know of a file. Only a `Plan` can be run; everything in it is valid and resolved. */
export interface Plan {
  readonly name: string;
  /** As given on the command line. */
  readonly file: string;
  /** In an order in which every node comes after its inputs. */
  readonly nodes: ReadonlyMap<NodeName, PlannedNode>;
  /** In the order of the file. Their tables are nodes of the plan; they are part of no node's key. */
  readonly claims: readonly Claim[];
}
