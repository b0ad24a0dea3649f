/** What a worker holds when a node has ended. */
export interface Holdings {
  /** Tensors that nobody has disposed of; null while no library is loaded. */
  readonly tensors: number | null;
  /** Memory of the process. */
  readonly residentBytes: number;
  /** Memory of buffers on a GPU; null where the backend counts none. */
  readonly gpuBytes: number | null;
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
    return (
      this.#memory('Its memory', (one) => one.residentBytes) ??
      this.#memory('Its memory on the GPU', (one) => one.gpuBytes)
    );
  }

  #memory(
    what: string,
    bytesOf: (holdings: Holdings) => number | null,
  ): string | null {
    const bytes = this.#history.map(bytesOf);
    const grown = (bytes.at(-1) ?? 0) - (bytes[0] ?? 0);
    return bytes.length > MEMORY_NODES && grows(bytes) && grown >= MEMORY_BYTES
      ? `${what} grew with each of its last ${MEMORY_NODES} nodes, by ${(grown / 2 ** 30).toFixed(1)} GiB in all.`
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
