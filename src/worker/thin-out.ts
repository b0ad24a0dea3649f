/** Least time between two messages, so that a loop that reports every step costs nothing: about five a second. */
const INTERVAL_MS = 200;

/** Hands on what it is given, at most five times a second; the latest is never lost while time goes on. */
export class Thinned<T> {
  readonly #send: (value: T) => void;
  #lastSent = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #pending: { readonly value: T } | undefined;

  constructor(send: (value: T) => void) {
    this.#send = send;
  }

  add(value: T): void {
    this.#pending = { value };
    const wait = this.#lastSent + INTERVAL_MS - performance.now();
    if (wait <= 0) this.#flush();
    // The timer is for a loop that reports once and is then silent for long.
    else
      this.#timer ??= setTimeout(() => {
        this.#flush();
      }, wait);
  }

  /** Drops what is waiting. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending = undefined;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#lastSent = performance.now();
    this.#send(pending.value);
  }
}
