/**
 * NumPy's legacy generator: `np.random.seed(seed)` and `np.random.randn`, so that examples of published notebooks can be had
 * without their numbers. MT19937 (Matsumoto and Nishimura 1998) seeded by `init_genrand`; normals by the polar method, the
 * second of each pair first.
 */
export class NumpyRandom {
  readonly #state = new Uint32Array(624);
  #at = 624;
  #spare: number | null = null;

  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const before = this.#state[i - 1]!;
      this.#state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
  }

  #uint32(): number {
    const state = this.#state;
    if (this.#at === 624) {
      for (let i = 0; i < 624; i++) {
        const joined =
          (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff);
        state[i] =
          state[(i + 397) % 624]! ^
          (joined >>> 1) ^
          ((joined & 1) === 1 ? 0x9908b0df : 0);
      }
      this.#at = 0;
    }
    let y = state[this.#at]!;
    this.#at += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #uniform(): number {
    const high = this.#uint32() >>> 5;
    const low = this.#uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.#uniform() - 1;
      const y = 2 * this.#uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = factor * x;
      return factor * y;
    }
  }

  /** `np.random.randn(rows, columns)` */
  randn(rows: number, columns: number): number[][] {
    return Array.from({ length: rows }, () =>
      Array.from({ length: columns }, () => this.normal()),
    );
  }
}
