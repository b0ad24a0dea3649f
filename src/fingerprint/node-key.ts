import type { JsonObject } from '../util/json.ts';
import { digest } from './canonical.ts';
import type { Digest } from './digest.ts';

/** One member of a collected input, as the key sees it. */
export interface MemberPart {
  /** Bound name -> value name. */
  readonly coordinates: Readonly<Record<string, string>>;
  readonly content: Digest;
}

/** What feeds a slot: one content, or the members of a collected input in their order. */
export type InputPart = Digest | readonly MemberPart[];

/** What a node does, whatever it is given: all of a key but the inputs. */
export interface NodeSettings {
  /** Name of the kind. */
  readonly kind: string;
  readonly version: number;
  /** With defaults filled in, without paths and neutral values. */
  readonly params: JsonObject;
  /** Contents of the files it reads, in the order in which the kind lists them: the order tells their roles. */
  readonly files: readonly Digest[];
}

/** All that may change a node's result. Kept in the record, so that a later run can say which part differs. */
export interface KeyParts extends NodeSettings {
  /** Slot -> what feeds it. */
  readonly inputs: Readonly<Record<string, InputPart>>;
}

const settingsOf = ({ kind, version, params, files }: NodeSettings) => ({
  kind,
  version,
  params,
  files,
});

/**
 * The run key of a node: two runs with one key yield the same result.
 *
 * In the key:
 * - the kind's name and version,
 * - its parameters with defaults filled in, seeds among them, without those that have their neutral value,
 * - the content of each input by slot; of a collected input the coordinates and content of each member,
 * - the contents of the files that it reads.
 *
 * Not in the key:
 * - names of nodes, families and the pipeline; the place, order and comments in the file,
 * - paths: what lies there counts, not where,
 * - how many nodes run at a time, where they run, what is logged,
 * - the machine, Node.js, the backend and the versions of libraries: they are recorded with the run
 *   (`environment.ts`), so that two people with different machines share results.
 */
export const nodeKey = (parts: KeyParts): Digest =>
  digest('NodeRun', {
    ...settingsOf(parts),
    inputs: Object.fromEntries(
      Object.entries(parts.inputs).map(([slot, part]) => [
        slot,
        typeof part === 'string'
          ? part
          : part.map(({ coordinates, content }) => ({ coordinates, content })),
      ]),
    ),
  });

/**
 * The digest of a node's settings alone. No earlier run with these settings means that the node has to run, even while
 * its inputs are not known.
 */
export const settingsDigest = (settings: NodeSettings): Digest =>
  digest('NodeSettings', settingsOf(settings));
