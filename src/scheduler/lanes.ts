import { PriorityQueue } from '../util/priority-queue.ts';
import type { Quantities } from './job.ts';

/** Items that need the same quantities. */
export interface Lane<T> {
  readonly needs: Quantities;
  readonly queue: PriorityQueue<T>;
}

/**
 * Items that wait for their turn, those with equal needs behind each other: whether one can start is the same for its whole
 * lane, so that thousands that wait for one thing are one look.
 */
export class Lanes<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  add(item: T, needs: Quantities): void {
    const name = JSON.stringify(Object.entries(needs).sort());
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { needs, queue: new PriorityQueue<T>(this.#isBefore) };
      this.#lanes.set(name, lane);
    }
    lane.queue.add(item);
  }

  /** Lanes with items in them, in the order of their first ones. */
  get inOrder(): readonly Lane<T>[] {
    const lanes = [...this.#lanes.values()].filter(
      ({ queue }) => queue.size > 0,
    );
    if (lanes.length < 2) return lanes;
    return lanes.sort((a, b) => {
      const [first, second] = [a.queue.first, b.queue.first];
      if (first === undefined || second === undefined) return 0;
      return this.#isBefore(first, second) ? -1 : 1;
    });
  }
}

const NO_NEEDS: Quantities = {};

/** Quantities of which some are taken. */
export class Budget {
  readonly #free: Map<string, number>;

  constructor(quantities: Quantities = NO_NEEDS) {
    this.#free = new Map(Object.entries(quantities));
  }

  /** Names of what there is too little of. */
  lacks(needs: Quantities): readonly string[] {
    return Object.entries(needs)
      .filter(([name, amount]) => amount > (this.#free.get(name) ?? 0))
      .map(([name]) => name);
  }

  take(needs: Quantities): void {
    this.#change(needs, -1);
  }

  giveBack(needs: Quantities): void {
    this.#change(needs, 1);
  }

  #change(needs: Quantities, sign: number): void {
    for (const [name, amount] of Object.entries(needs)) {
      this.#free.set(name, (this.#free.get(name) ?? 0) + sign * amount);
    }
  }
}
