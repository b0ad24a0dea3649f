/** Characters that a log may have: a node that prints in a loop must not fill the cache. */
const LIMIT = 1 << 18;

/** The lines that a node logs, cut after a quarter of a million characters. */
export class NodeLog {
  readonly #lines: string[] = [];
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
}
