/**
 * Our own random numbers: the same on every machine, every Node and every backend. Nothing here calls a
 * transcendental function whose last bit an engine may choose, except `Math.log` (fdlibm in all of V8).
 */

/** A 32-bit mixer with full avalanche (the "lowbias32" constants found by Chris Wellons). */
export function mix32(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Where a generator stands: enough to go on from there. */
export interface RngState {
  /** Four 32-bit words of xoshiro128**. */
  readonly words: readonly [number, number, number, number];
  /** Second number of a normal pair that was drawn but not handed out yet. */
  readonly spare: number | null;
}

/**
 * A seeded generator (xoshiro128**, Blackman and Vigna 2018). A `purpose` gives each use a stream of its own, so that
 * drawing more numbers for one never shifts another.
 */
export class Rng {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spare: number | null;

  private constructor(state: RngState) {
    [this.#a, this.#b, this.#c, this.#d] = state.words;
    this.#spare = state.spare;
  }

  /**
   * @param seed any integer; its low 32 bits count.
   * @param purpose what the numbers are for: `weights`, `shuffle`, `dropout`.
   */
  static of(seed: number, purpose: string): Rng {
    let hash = mix32(seed >>> 0);
    for (let i = 0; i < purpose.length; i++) {
      hash = mix32(
        (hash + Math.imul(purpose.charCodeAt(i) + 1, 0x9e3779b9)) >>> 0,
      );
    }
    const word = (index: number): number =>
      mix32((hash + Math.imul(index, 0x9e3779b9)) >>> 0);
    // Four zero words are the one state it can't leave; the `| 1` rules it out.
    return new Rng({
      words: [word(1), word(2), word(3), (word(4) | 1) >>> 0],
      spare: null,
    });
  }

  /** Goes on from where a generator stood. */
  static from(state: RngState): Rng {
    return new Rng(state);
  }

  get state(): RngState {
    return { words: [this.#a, this.#b, this.#c, this.#d], spare: this.#spare };
  }

  /** Uniform integer in `0 … 2³² − 1`. */
  uint32(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform integer in `0 … bound − 1`, without bias; `bound` in 1 … 2³². */
  below(bound: number): number {
    const limit = 4294967296 - (4294967296 % bound);
    for (;;) {
      const value = this.uint32();
      if (value < limit) return value % bound;
    }
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        this.#spare = v * factor;
        return u * factor;
      }
    }
  }

  /** The numbers `0 … count − 1` in random order (Fisher–Yates). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, index) => index);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }
}
