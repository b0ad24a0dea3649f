/** Small texts by name that all programs on a cache see. */
export interface Rows {
  get(name: string): string | undefined;
  put(name: string, value: string): void;
  remove(name: string): void;
  /** Names that begin with `prefix`, in ascending order. */
  names(prefix: string): readonly string[];
}

/**
 * Rows that several processes change in turns. They say what happens now, and are gone when the machine stops: nothing is
 * flushed to the disk.
 */
export interface SharedRows extends AsyncDisposable {
  /**
   * Looks at the rows and changes them while nobody else does. What it changes becomes visible together.
   *
   * @throws CacheError if they can't be written.
   */
  change<T>(action: (rows: Rows) => T): T;

  /** Looks at the rows of one moment. */
  look<T>(action: (rows: Omit<Rows, 'put' | 'remove'>) => T): T;
}

/** Rows in memory: for stores that no other process sees. */
export class MemoryRows implements SharedRows {
  readonly #rows: Map<string, string>;

  /** @param rows shared by those who are to see the same. */
  constructor(rows: Map<string, string> = new Map()) {
    this.#rows = rows;
  }

  change<T>(action: (rows: Rows) => T): T {
    return action({
      get: (name) => this.#rows.get(name),
      put: (name, value) => this.#rows.set(name, value),
      remove: (name) => this.#rows.delete(name),
      names: (prefix) =>
        [...this.#rows.keys()].filter((name) => name.startsWith(prefix)).sort(),
    });
  }

  look<T>(action: (rows: Omit<Rows, 'put' | 'remove'>) => T): T {
    return this.change(action);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
