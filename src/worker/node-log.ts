/** Characters that a log may have: a node that prints in a loop must not fill the cache. */
const LIMIT = 1 << 18;

/** A log as it stands, as plain data. */
export interface LogState {
  readonly lines: readonly string[];
  /** Characters that were added, those that were cut included. */
  readonly length: number;
}

/** The lines that a node logs, cut after a quarter of a million characters. */
export class NodeLog {
  #lines: string[] = [];
  #length = 0;

  add(line: string): void {
    if (this.#length > LIMIT) return;
    this.#length += line.length + 1;
    this.#lines.push(
      this.#length > LIMIT ? '(The rest of the log was cut.)' : line,
    );
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** A copy. */
  get state(): LogState {
    return { lines: [...this.#lines], length: this.#length };
  }

  /** Goes on from an earlier state, in place of what was added so far. */
  restore({ lines, length }: LogState): void {
    this.#lines = [...lines];
    this.#length = length;
  }
}
