/** Timers count no further; a node that may take longer than this has no limit that matters. */
const LONGEST_MS = 2 ** 31 - 1;

/** A limit of time for one try of a node: it counts from when the node has begun. */
export class TimeLimit {
  readonly #timeMs: number | null;
  readonly #controller = new AbortController();
  readonly #stop: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  /** @param stop ends the node for other reasons. */
  constructor(timeMs: number | null, stop: AbortSignal) {
    this.#timeMs = timeMs;
    this.#stop = stop;
  }

  /** Aborted when the node has to end, for whatever reason. */
  get signal(): AbortSignal {
    return this.#timeMs === null
      ? this.#stop
      : AbortSignal.any([this.#stop, this.#controller.signal]);
  }

  /** Whether it was the limit that ended the node. */
  get isOver(): boolean {
    return this.#controller.signal.aborted && !this.#stop.aborted;
  }

  start(): void {
    if (this.#timeMs === null || this.#timeMs > LONGEST_MS) return;
    this.#timer ??= setTimeout(() => {
      this.#controller.abort();
    }, this.#timeMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
