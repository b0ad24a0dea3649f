import {
  chunksOf,
  readManifest,
  type Manifest,
} from '../artifact/codec-manifest.ts';
import type { TableValue } from '../artifact/table.ts';
import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import {
  nodeKey,
  type InputPart,
  type KeyParts,
  type NodeSettings,
} from '../fingerprint/node-key.ts';
import type { AnyKind } from '../kind/kind.ts';
import type { Registry } from '../kind/registry.ts';
import type {
  Coordinates,
  NodeName,
  OpenNode,
  PlannedInput,
  PlannedNode,
  SettledNode,
} from '../pipeline/plan.ts';
import { errorMessage } from '../util/error-message.ts';
import { err, ok, type Result } from '../util/result.ts';
import { readRecord } from '../worker/record.ts';
import { FileDigests } from './file-digests.ts';
import { paramsForKey } from './params-for-key.ts';
import { settleNode, type Picked } from './settle-node.ts';

/** A result that is in the cache. */
export interface Hit {
  readonly type: 'hit';
  readonly key: Digest;
  readonly parts: KeyParts;
  readonly content: Digest;
  /** What it took when it was computed. */
  readonly seconds: number;
  readonly table: TableValue | null;
  /** Its arrays were removed to make room: it counts as there for all that don't read them. */
  readonly isEvicted: boolean;
}

/** A node that has to run. */
export interface Miss {
  readonly type: 'miss';
  readonly key: Digest;
  readonly parts: KeyParts;
  /** The node with its parameters, picked ones too. */
  readonly node: SettledNode;
  /** What is wrong with a result that should have been there; null where there is none. */
  readonly damage: string | null;
  /** Its arrays were removed to make room, and somebody has to read them. */
  readonly isEvicted?: boolean;
}

/** How a node stands before it runs. */
export type Examined =
  | Hit
  | Miss
  /** Something upstream has to run first: the key is not known, and the settings are not where that picks them. */
  | { readonly type: 'open'; readonly settings: NodeSettings | null }
  /** It can't run: a file that it would read is not there. A sentence for the user. */
  | { readonly type: 'broken'; readonly message: string };

const NO_FILES = ok<readonly Digest[]>([]);

/**
 * Finds keys and looks them up. It remembers the content of each node that was found or computed, from which the keys of
 * those behind it are made.
 */
export class Examiner {
  readonly #store: Store;
  readonly #registry: Registry;
  readonly #files: FileDigests;
  readonly #contents = new Map<NodeName, Digest>();

  /**
   * @param options.signal ends the reading of files early.
   * @param options.files what is known of files already, where several plans read the same ones.
   */
  constructor(options: {
    readonly store: Store;
    readonly registry: Registry;
    readonly signal?: AbortSignal;
    readonly files?: FileDigests;
  }) {
    this.#store = options.store;
    this.#registry = options.registry;
    this.#files = options.files ?? new FileDigests(options);
  }

  /** The content of a node that was found or computed. */
  content(node: NodeName): Digest | undefined {
    return this.#contents.get(node);
  }

  /** Says what a node yielded. */
  learn(node: NodeName, content: Digest): void {
    this.#contents.set(node, content);
  }

  /** Says that what was found is not to be relied on. */
  forget(node: NodeName): void {
    this.#contents.delete(node);
  }

  kindOf(node: PlannedNode): AnyKind {
    const kind = this.#registry.get(node.kind);
    if (kind === undefined) {
      throw new Error(`Internal error: the plan has a kind "${node.kind}"`);
    }
    return kind;
  }

  /** The node with its parameters; null while what picks them has not. Or a sentence that says why they can't be had. */
  settle(node: PlannedNode): Result<SettledNode, string | null> {
    if (node.params !== null) return ok(node);
    const picked = this.#settled(node);
    return picked.ok ? ok(picked.value.node) : picked;
  }

  /** What was picked for a node, as far as its parameters take it; null while that is not known. */
  picked(node: OpenNode): Coordinates | null {
    const picked = this.#settled(node);
    return picked.ok ? picked.value.values : null;
  }

  #settled(node: OpenNode): Result<Picked, string | null> {
    const content = this.#contents.get(node.picks.from);
    return content === undefined
      ? err(null)
      : settleNode(node, content, {
          store: this.#store,
          registry: this.#registry,
        });
  }

  /** The files that a node would read, in the order of their digests in its key. */
  filesOf(node: SettledNode): readonly string[] {
    // The plan was checked against the schema that the kind's parameters are typed by.
    return this.kindOf(node).files?.(node.params as never) ?? [];
  }

  /** Does what looks many nodes up. */
  atOneMoment<T>(action: () => T): T {
    return this.#store.atOneMoment(action);
  }

  /** How a node stands, given what is known of its inputs; a hit's content is known from then on. */
  async examine(node: PlannedNode): Promise<Examined> {
    const now = this.examineNow(node);
    if (now !== undefined) return now;
    const settled = this.settle(node);
    return settled.ok
      ? this.#examineWith(settled.value, await this.#fileDigests(settled.value))
      : unsettled(settled.error);
  }

  /** The same at once, where no file has to be read for it; else undefined. */
  examineNow(node: PlannedNode): Examined | undefined {
    if (this.kindOf(node).files !== undefined) return undefined;
    const settled = this.settle(node);
    return settled.ok
      ? this.#examineWith(settled.value, NO_FILES)
      : unsettled(settled.error);
  }

  #examineWith(
    node: SettledNode,
    files: Result<readonly Digest[], string>,
  ): Examined {
    if (!files.ok) return { type: 'broken', message: files.error };
    const kind = this.kindOf(node);
    const settings: NodeSettings = {
      kind: kind.name,
      version: kind.version,
      params: paramsForKey(kind.params, node.params),
      files: files.value,
    };
    const inputs = this.#inputParts(node);
    if (inputs === undefined) return { type: 'open', settings };
    const parts: KeyParts = { ...settings, inputs };
    const key = nodeKey(parts);
    const found = this.#lookUp(key);
    if (!found.ok) {
      return { type: 'miss', key, parts, node, damage: found.error };
    }
    this.learn(node.name, found.value.content);
    return { type: 'hit', key, parts, ...found.value };
  }

  async #fileDigests(
    node: SettledNode,
  ): Promise<Result<readonly Digest[], string>> {
    const files: Digest[] = [];
    try {
      for (const path of this.filesOf(node)) {
        const digest = await this.#files.digest(path);
        if (!digest.ok) return digest;
        files.push(digest.value);
      }
    } catch (error) {
      return err(errorMessage(error));
    }
    return ok(files);
  }

  /** What feeds each slot, or undefined while an input's content is not known. */
  #inputParts(node: PlannedNode): Record<string, InputPart> | undefined {
    const parts: [string, InputPart][] = [];
    for (const [slot, input] of Object.entries(node.inputs)) {
      const part = this.#inputPart(input);
      if (part === undefined) return undefined;
      parts.push([slot, part]);
    }
    return Object.fromEntries(parts);
  }

  #inputPart(input: PlannedInput): InputPart | undefined {
    if (input.type === 'single') return this.#contents.get(input.node);
    const members = [];
    for (const { node, coordinates } of input.members) {
      const content = this.#contents.get(node);
      if (content === undefined) return undefined;
      members.push({ coordinates, content });
    }
    return members;
  }

  /** What is under a key, or what is wrong with it; null where nothing is there. */
  #lookUp(
    key: Digest,
  ): Result<
    Pick<Hit, 'content' | 'seconds' | 'table' | 'isEvicted'>,
    string | null
  > {
    const record = readRecord(this.#store, key);
    if (record.state === 'absent') return err(null);
    if (record.state === 'damaged') {
      return err(`its record can't be read (${record.why})`);
    }
    const { content, seconds, evicted } = record.value;
    const manifest = readManifest(this.#store, content);
    if (manifest.state === 'absent') return err('its manifest is missing');
    if (manifest.state === 'damaged') {
      return err(`its manifest can't be read (${manifest.why})`);
    }
    const chunks = chunksOf(manifest.value);
    const isEvicted = evicted === true;
    return isEvicted || chunks.every((chunk) => this.#store.hasChunk(chunk))
      ? ok({ content, seconds, table: tableOf(manifest.value), isEvicted })
      : err('a chunk of it is missing');
  }
}

/** A node whose parameters are not there. */
const unsettled = (why: string | null): Examined =>
  why === null
    ? { type: 'open', settings: null }
    : { type: 'broken', message: why };

/** The value of a table; null for other artifacts. */
export const tableOf = (manifest: Manifest): TableValue | null =>
  manifest.type === 'table' ? (manifest.value as unknown as TableValue) : null;
