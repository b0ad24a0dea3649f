/** What a worker holds when a node has ended. */
export interface Holdings {
  /** Tensors that nobody has disposed of; null while no library is loaded. */
  readonly tensors: number | null;
  /** Memory of the process. */
  readonly residentBytes: number;
}

/** Tensors that pile up over so many nodes in a row are a leak; what is made once and kept is none. */
const TENSOR_NODES = 3;
/** Memory takes longer to come to rest: caches fill, and what was freed is not given back at once. */
const MEMORY_NODES = 6;
const MEMORY_BYTES = 1 << 30;

/** Watches what a worker holds from node to node, and says when it should be replaced. */
export class LeakWatch {
  readonly #history: Holdings[] = [];

  /** Looks at what is held after a node; answers with a sentence once that has grown for too long. */
  after(holdings: Holdings): string | null {
    this.#history.push(holdings);
    if (this.#history.length > MEMORY_NODES + 1) this.#history.shift();
    const tensors = this.#history
      .slice(-TENSOR_NODES - 1)
      .map((one) => one.tensors);
    if (tensors.length > TENSOR_NODES && grows(tensors)) {
      return `Its last ${TENSOR_NODES} nodes left more and more tensors behind, ${String(tensors.at(-1))} by now.`;
    }
    const memory = this.#history.map((one) => one.residentBytes);
    const [first = 0] = memory;
    const last = memory.at(-1) ?? 0;
    return memory.length > MEMORY_NODES &&
      grows(memory) &&
      last - first >= MEMORY_BYTES
      ? `Its memory grew with each of its last ${MEMORY_NODES} nodes, by ${((last - first) / 2 ** 30).toFixed(1)} GiB in all.`
      : null;
  }
}

const grows = (values: readonly (number | null)[]): boolean =>
  values.every((value, index) => {
    const before = index === 0 ? undefined : values[index - 1];
    return (
      value !== null &&
      before !== null &&
      (before === undefined || value > before)
    );
  });
