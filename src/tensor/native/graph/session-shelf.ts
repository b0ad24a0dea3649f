import { createHash } from 'node:crypto';
import type { Binding } from '../binding.ts';
import type { GraphNode } from './graph.ts';
import { encodeSavedModel } from './saved-model.ts';
import { GraphSession } from './session.ts';

/** Sessions that are kept for the next step with the same graph. */
const KEPT = 8;

/** A session holds its variables for as long as it is kept: beside the training of more, loading a graph takes no time. */
const LARGEST_BYTES = 2 ** 24;

/** A session, and what it is found by. */
export interface ShelvedSession {
  readonly session: GraphSession;
  /** Digest of the graph; null where the session is not kept. */
  readonly name: string | null;
}

/**
 * Sessions by their graphs. Nodes of a family record the same graph over and over, for weights are no part of it: the first
 * one loads it, which takes as long as some steps of training, and the others take over its session.
 */
export class SessionShelf {
  readonly #binding: Binding;
  /** Sessions that nobody uses, the last one put back last. */
  readonly #idle: { readonly session: GraphSession; readonly name: string }[] =
    [];

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /**
   * A session with a graph. Its variables have any values or none.
   *
   * @param variableBytes what its variables take.
   * @throws Error as `GraphSession` does.
   */
  take(nodes: readonly GraphNode[], variableBytes: number): ShelvedSession {
    const model = encodeSavedModel(nodes);
    const name =
      variableBytes <= LARGEST_BYTES
        ? createHash('sha256').update(model).digest('hex')
        : null;
    const place = this.#idle.findLastIndex((idle) => idle.name === name);
    const [found] = place < 0 ? [] : this.#idle.splice(place, 1);
    return found ?? { session: new GraphSession(this.#binding, model), name };
  }

  /** Takes a session back. */
  putBack({ session, name }: ShelvedSession): void {
    if (name === null) {
      session.dispose();
      return;
    }
    this.#idle.push({ session, name });
    if (this.#idle.length > KEPT) this.#idle.shift()?.session.dispose();
  }
}
