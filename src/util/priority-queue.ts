/**
 * A binary heap: the item that comes first by `isBefore` leaves first. Adding and taking cost the logarithm of the size,
 * so ten thousand waiting items cost no more each than a hundred.
 */
export class PriorityQueue<T> {
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The first item, left where it is; undefined where nothing is left. */
  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    let at = this.#items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#items[above] as T;
      if (!this.#isBefore(item, parent)) break;
      this.#items[at] = parent;
      at = above;
    }
    this.#items[at] = item;
  }

  /** The first item, removed; undefined where nothing is left. */
  take(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (this.#items.length > 0) this.#sink(last as T);
    return first;
  }

  /** Puts an item at the root and lets it sink to its place. */
  #sink(item: T): void {
    const { length } = this.#items;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      const right = below + 1;
      if (
        right < length &&
        this.#isBefore(this.#items[right] as T, this.#items[below] as T)
      ) {
        below = right;
      }
      const child = this.#items[below] as T;
      if (!this.#isBefore(child, item)) break;
      this.#items[at] = child;
      at = below;
    }
    this.#items[at] = item;
  }
}
