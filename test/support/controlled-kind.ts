import { Type } from 'typebox';
import { defineKind, many, NodeError } from '../../src/kind/kind.ts';
import { Path } from '../../src/kind/schema.ts';
import { deferred, type Deferred } from '../../src/util/deferred.ts';
import type { JsonObject } from '../../src/util/json.ts';

interface Held {
  readonly reached: Deferred<undefined>;
  readonly result: Deferred<JsonObject | Error>;
}

/**
 * A kind whose `run` does what the test says: it yields a value at once, or waits until the test says `finish` or
 * `fail`. It counts its calls, so that a test proves what ran, in what order, and what did not.
 */
export class Control {
  /** Names (parameter `id`) of the nodes whose `run` was called, in order. */
  readonly calls: string[] = [];
  readonly #held = new Map<string, Held>();
  readonly #yields = new Map<string, JsonObject | Error>();

  readonly kind = defineKind({
    name: 'controlled',
    version: 1,
    summary: 'Does what the test says.',
    params: Type.Object(
      {
        id: Type.String({ description: 'Name for the test.' }),
        setting: Type.Number({ description: 'Any number.', default: 0 }),
        file: Type.Optional(Path({ description: 'A file that it reads.' })),
      },
      { additionalProperties: false },
    ),
    inputs: {},
    openInputs: many('score', 'Anything.'),
    output: 'score',
    files: ({ file }) => (file === undefined ? [] : [file]),
    run: async ({ params: { id }, signal }) => {
      this.calls.push(id);
      const value = await this.#valueOf(id, signal);
      if (value instanceof Error) throw value;
      return { type: 'score', value, arrays: {} };
    },
  });

  /** Makes the next runs of a node wait. */
  hold(id: string): void {
    this.#held.set(id, { reached: deferred(), result: deferred() });
  }

  /** Resolves when a node that is held has begun. */
  reached(id: string): Promise<undefined> {
    return this.#heldOf(id).reached.promise;
  }

  finish(id: string, value: JsonObject = { id }): void {
    this.#heldOf(id).result.resolve(value);
    this.#held.delete(id);
  }

  fail(id: string, message: string): void {
    this.#heldOf(id).result.resolve(new NodeError(message));
    this.#held.delete(id);
  }

  /** What a node yields from now on; without it, its name. */
  yields(id: string, value: JsonObject | Error): void {
    this.#yields.set(id, value);
  }

  async #valueOf(id: string, signal: AbortSignal): Promise<JsonObject | Error> {
    const held = this.#held.get(id);
    if (held === undefined) return this.#yields.get(id) ?? { id };
    held.reached.resolve(undefined);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(new Error('aborted'));
      });
      void held.result.promise.then(resolve);
    });
  }

  #heldOf(id: string): Held {
    const held = this.#held.get(id);
    if (held === undefined) throw new Error(`"${id}" is not held`);
    return held;
  }
}
