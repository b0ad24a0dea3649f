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

/** One member of a family: valid, resolved, defaults filled in. */
export interface PlannedNode {
  readonly name: NodeName;
  /** Its family, and at which epoch of it: `train`, `train@epoch=10`. */
  readonly family: string;
  /** With its `epoch` where it ends at one. */
  readonly coordinates: Coordinates;
  /** Name of its kind. */
  readonly kind: string;
  readonly output: ArtifactType;
  /** Paths are absolute. */
  readonly params: JsonObject;
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
