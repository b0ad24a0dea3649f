import { openArtifact } from '../artifact/codec.ts';
import { readManifest } from '../artifact/codec-manifest.ts';
import type { TableValue } from '../artifact/table.ts';
import type { Store } from '../cache/store.ts';
import type { Registry } from '../kind/registry.ts';
import type { NodeName, PlannedMember, PlannedNode } from '../pipeline/plan.ts';
import type { Examiner } from './examiner.ts';
import type { RunListener } from './events.ts';
import { inputNodes } from './needed-nodes.ts';

/** A table that fills while people watch changes no more often than they can follow. */
const EVERY_MS = 1000;

/**
 * Shows tables before they are finished: made from the members that are there, in the process that schedules (the kind
 * says that it is cheap enough, `previews`). A preview is never stored.
 */
export class TablePreviews {
  readonly #store: Store;
  readonly #registry: Registry;
  readonly #examiner: Examiner;
  readonly #listener: RunListener;
  /** Tables that have not ended, with the nodes that they are made of. */
  readonly #pending: Map<NodeName, PlannedNode>;
  readonly #inputs: ReadonlyMap<NodeName, ReadonlySet<NodeName>>;
  /** Tables with something new to show. */
  readonly #changed = new Set<NodeName>();
  #lastMs = -Infinity;
  /** One after the other: what is being shown, or has been. */
  #showing: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly nodes: readonly PlannedNode[];
    readonly store: Store;
    readonly registry: Registry;
    readonly examiner: Examiner;
    readonly listener: RunListener;
  }) {
    this.#store = options.store;
    this.#registry = options.registry;
    this.#examiner = options.examiner;
    this.#listener = options.listener;
    const tables = options.nodes.filter(
      ({ kind }) => options.registry.get(kind)?.previews === true,
    );
    this.#pending = new Map(tables.map((node) => [node.name, node]));
    this.#inputs = new Map(
      tables.map((node) => [node.name, new Set(inputNodes(node))]),
    );
  }

  /** To be told of each node that ended; shows the tables that it adds to, if the last time is long enough ago. */
  ended(node: NodeName, isDone: boolean): void {
    if (isDone) this.#pending.delete(node);
    for (const table of this.#pending.keys()) {
      if (this.#inputs.get(table)?.has(node) === true) this.#changed.add(table);
    }
    if (performance.now() - this.#lastMs >= EVERY_MS) void this.show();
  }

  /** Shows what there is of every table that has not ended and has something new. */
  show(): Promise<void> {
    this.#lastMs = performance.now();
    this.#showing = this.#showing.then(() => this.#showChanged());
    return this.#showing;
  }

  async #showChanged(): Promise<void> {
    for (const name of [...this.#changed]) {
      this.#changed.delete(name);
      const node = this.#pending.get(name);
      const table = node === undefined ? null : await this.#make(node);
      // It may have ended meanwhile.
      if (table !== null && this.#pending.has(name)) {
        this.#listener({ type: 'table-preview', node: name, table });
      }
    }
  }

  async #make(node: PlannedNode): Promise<TableValue | null> {
    const kind = this.#registry.get(node.kind);
    const settled = this.#examiner.settle(node);
    if (!settled.ok) return null;
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([slot, input]) => [
        slot,
        input.type === 'single'
          ? []
          : input.members.flatMap((member) => this.#member(member)),
      ]),
    );
    try {
      const made = await kind?.run({
        params: settled.value.params,
        inputs,
        log: () => undefined,
      } as never);
      return made?.type === 'table' && hasNumbers(made.value as TableValue)
        ? (made.value as TableValue)
        : null;
    } catch {
      // A table that can't be made of so little (its baseline is not there yet) is not shown; a mistake in the node is
      // reported when the node itself runs.
      return null;
    }
  }

  #member({ node, coordinates }: PlannedMember) {
    const content = this.#examiner.content(node);
    if (content === undefined) return [];
    const manifest = readManifest(this.#store, content);
    return manifest.state === 'present'
      ? [{ coordinates, artifact: openArtifact(this.#store, manifest.value) }]
      : [];
  }
}

const hasNumbers = ({ cells }: TableValue): boolean =>
  cells.some((row) => row.some(({ mean }) => mean !== null));
