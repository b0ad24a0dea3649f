import type { AnyKind } from './kind.ts';

/** The kinds of a program, by name. Built once, in `cli/` and in the worker, from the list in `nodes/index.ts`. */
export class Registry {
  readonly #kinds: ReadonlyMap<string, AnyKind>;

  /** @throws Error if two kinds bear one name: a bug in the list. */
  constructor(kinds: readonly AnyKind[]) {
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]));
    if (this.#kinds.size !== kinds.length) {
      throw new Error('Internal error: two node kinds have the same name');
    }
  }

  get(name: string): AnyKind | undefined {
    return this.#kinds.get(name);
  }

  /** In the order of the list. */
  get names(): readonly string[] {
    return [...this.#kinds.keys()];
  }

  /** In the order of the list. */
  get kinds(): readonly AnyKind[] {
    return [...this.#kinds.values()];
  }
}
