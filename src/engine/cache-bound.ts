import { chunkLengths } from './cache-index.ts';
import { diskBytes, EMPTY_DISK_BYTES } from './disk-bytes.ts';
import { readRoots } from './roots.ts';
import { readManifest } from '../artifact/codec-manifest.ts';
import type { Removal, Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { NodeName, PlannedNode } from '../pipeline/plan.ts';
import { encodeRecord, readRecord, type NodeRecord } from '../worker/record.ts';
import { inputNodes } from './needed-nodes.ts';

/** Shares of the bound: from the one on room is made, down to the other. What runs meanwhile may need the rest. */
const MAKE_ROOM_AT = 0.7;
const ROOM_IS_MADE_AT = 0.45;
const LOOK_AGAIN_AFTER = 0.05;

/** What a record takes with its manifest and its pointers, beside its arrays; somewhat more than it really is. */
const RECORD_BYTES = 4 << 10;

/** What a store is known to hold. */
interface Held {
  readonly key: Digest;
  readonly record: NodeRecord;
}

/**
 * Keeps the cache under a size while a plan runs: arrays go that no node of the run will read any more, those first that
 * save the least time for their size. Their records stay, marked: whoever is behind them is found as before, and they are
 * computed again only when somebody has to read them.
 *
 * What is pinned stays, and so do the results that no node of the plan reads: they are what the run is for.
 */
export class CacheBound {
  readonly #store: Store;
  readonly #maxBytes: number;
  readonly #contentOf: (node: NodeName) => Digest | undefined;
  readonly #keysHeld: () => ReadonlySet<Digest>;
  readonly #isAlone: () => boolean;
  readonly #warn: (message: string) => void;
  /** Node -> nodes of this run that read it and have not ended. */
  readonly #readers = new Map<NodeName, number>();
  readonly #inputs: ReadonlyMap<NodeName, readonly NodeName[]>;
  /** Nodes of the plan that none reads. */
  readonly #last: ReadonlySet<NodeName>;
  #bytes: number;
  /** From here on room is made. */
  #nextBytes: number;
  #hasWarned = false;

  constructor(options: {
    readonly store: Store;
    readonly maxBytes: number;
    /** All nodes that take part, and those of them that run or may run. */
    readonly nodes: readonly PlannedNode[];
    readonly jobs: ReadonlySet<NodeName>;
    readonly contentOf: (node: NodeName) => Digest | undefined;
    /** Keys of nodes that run at the moment: what they yield is not known yet, but may be stored. */
    readonly keysHeld: () => ReadonlySet<Digest>;
    /** Whether no other program works on the cache: what it needs isn't known here. */
    readonly isAlone: () => boolean;
    readonly warn: (message: string) => void;
  }) {
    this.#store = options.store;
    this.#maxBytes = options.maxBytes;
    this.#contentOf = options.contentOf;
    this.#keysHeld = options.keysHeld;
    this.#isAlone = options.isAlone;
    this.#warn = options.warn;
    this.#inputs = new Map(
      options.nodes.map((node) => [node.name, inputNodes(node)]),
    );
    const read = new Set([...this.#inputs.values()].flat());
    this.#last = new Set(
      [...this.#inputs.keys()].filter((name) => !read.has(name)),
    );
    for (const name of options.jobs) {
      for (const input of this.#inputs.get(name) ?? []) {
        this.#readers.set(input, (this.#readers.get(input) ?? 0) + 1);
      }
    }
    this.#nextBytes = options.maxBytes * MAKE_ROOM_AT;
    this.#bytes = options.store.atOneMoment(() => this.#measure().bytes);
  }

  /**
   * To be told of each node that ended, and what it added to the cache; makes room where that is too much.
   *
   * @throws CacheError if the store can't be written.
   */
  async ended(node: NodeName, sizeBytes: number): Promise<void> {
    for (const input of this.#inputs.get(node) ?? []) {
      this.#readers.set(input, (this.#readers.get(input) ?? 1) - 1);
    }
    this.#bytes += RECORD_BYTES + (sizeBytes === 0 ? 0 : diskBytes(sizeBytes));
    if (this.#bytes > this.#nextBytes) await this.#makeRoom();
  }

  async #makeRoom(): Promise<void> {
    if (!this.#isAlone()) {
      this.#warnOnce(
        'The cache is not kept under its bound while other programs work on it.',
      );
      return;
    }
    await this.#store.remove(() => this.#victims());
    // Where there is nothing to remove, looking for it after each node would take longer than the nodes.
    this.#nextBytes = Math.max(
      this.#maxBytes * MAKE_ROOM_AT,
      this.#bytes + this.#maxBytes * LOOK_AGAIN_AFTER,
    );
    if (this.#bytes > this.#maxBytes) {
      this.#warnOnce(
        'The cache can not be kept under its bound: what it holds is pinned, is read by nodes that have not run, or is what this run is for.',
      );
    }
  }

  #warnOnce(message: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#warn(message);
  }

  /** What the store holds: arrays by content, how often a chunk is used, states, and the size of all of it. */
  #measure() {
    const contents = new Map<Digest, Held[]>();
    const chunks = new Map<Digest, { bytes: number; users: number }>();
    const lengths = new Map<Digest, ReadonlyMap<Digest, number>>();
    const states: Digest[] = [];
    let bytes = EMPTY_DISK_BYTES;
    for (const key of this.#store.digests('records')) {
      bytes += RECORD_BYTES;
      const found = readRecord(this.#store, key);
      if (found.state !== 'present') continue;
      const { content, sizeBytes, evicted } = found.value;
      if (sizeBytes === 0 || evicted === true) continue;
      const held = contents.get(content) ?? [];
      contents.set(content, [...held, { key, record: found.value }]);
    }
    for (const content of contents.keys()) {
      const manifest = readManifest(this.#store, content);
      if (manifest.state !== 'present') continue;
      const own = chunkLengths(manifest.value);
      lengths.set(content, own);
      for (const [chunk, length] of own) {
        const known = chunks.get(chunk) ?? {
          bytes: diskBytes(length),
          users: 0,
        };
        if (known.users === 0) bytes += known.bytes;
        known.users++;
        chunks.set(chunk, known);
      }
    }
    for (const key of this.#store.digests('checkpoints')) {
      bytes += diskBytes(this.#store.sizeOf('checkpoints', key));
      if (readRecord(this.#store, key).state === 'present') states.push(key);
    }
    return { contents, chunks, lengths, states, bytes };
  }

  /** What goes; said at a moment at which nobody else writes. */
  #victims(): Removal {
    const { contents, chunks, lengths, states, bytes } = this.#measure();
    const enough = this.#maxBytes * ROOM_IS_MADE_AT;
    const gone = { chunks: [] as Digest[], states: [] as Digest[] };
    const records = new Map<Digest, Uint8Array>();
    let left = bytes;
    // From which longer trainings could go on: that costs time only if anybody ever does.
    for (const key of states) {
      if (left <= enough) break;
      left -= diskBytes(this.#store.sizeOf('checkpoints', key));
      gone.states.push(key);
    }
    for (const content of this.#cheapestFirst(contents)) {
      if (left <= enough) break;
      for (const chunk of lengths.get(content)?.keys() ?? []) {
        const shared = chunks.get(chunk);
        if (shared === undefined || --shared.users > 0) continue;
        left -= shared.bytes;
        gone.chunks.push(chunk);
      }
      for (const { key, record } of contents.get(content) ?? []) {
        records.set(key, encodeRecord({ ...record, evicted: true }));
      }
    }
    this.#bytes = left;
    return {
      ...{ records: [], manifests: [], roots: [], pointers: new Map() },
      checkpoints: gone.states,
      chunks: gone.chunks,
      replaced: records,
    };
  }

  /** Contents that may go, by the time that they save for their size. */
  #cheapestFirst(
    contents: ReadonlyMap<Digest, readonly Held[]>,
  ): readonly Digest[] {
    const stays = new Set<Digest>();
    for (const [node, readers] of this.#readers) {
      const content = readers > 0 ? this.#contentOf(node) : undefined;
      if (content !== undefined) stays.add(content);
    }
    for (const node of this.#last) {
      const content = this.#contentOf(node);
      if (content !== undefined) stays.add(content);
    }
    const keys = new Set(this.#keysHeld());
    for (const { type, keys: kept } of readRoots(this.#store).values()) {
      if (type === 'pin') for (const key of kept) keys.add(key);
    }
    const worth = (held: readonly Held[]): number =>
      held.reduce(
        (sum, { record }) => sum + record.seconds / record.sizeBytes,
        0,
      );
    return [...contents]
      .filter(
        ([content, held]) =>
          !stays.has(content) && !held.some(({ key }) => keys.has(key)),
      )
      .map(([content, held]) => ({ content, worth: worth(held) }))
      .sort((one, other) => one.worth - other.worth)
      .map(({ content }) => content);
  }
}
