import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackend } from '../../../src/tensor/backend.ts';
import { SessionShelf } from '../../../src/tensor/native/graph/session-shelf.ts';
import { tf, type Tensor } from '../../../src/tensor/tf.ts';
import { FakeBinding } from '../../support/fake-binding.ts';
import { withNative } from '../../support/native.ts';

const graph = (name: string) => [
  { name, op: 'NoOp', inputs: [], attributes: {} },
];

test('the next step with the same graph takes over the session, one at a time', () => {
  const binding = new FakeBinding();
  const shelf = new SessionShelf(binding);
  const first = shelf.take(graph('a'), 100);
  const second = shelf.take(graph('a'), 100);
  assert.notEqual(first.session, second.session);
  shelf.putBack(first);
  assert.notEqual(shelf.take(graph('b'), 100).session, first.session);
  assert.equal(shelf.take(graph('a'), 100).session, first.session);
  assert.equal(binding.sessions.size, 3);
});

test('a session with large variables is not kept', () => {
  const binding = new FakeBinding();
  const shelf = new SessionShelf(binding);
  shelf.putBack(shelf.take(graph('a'), 2 ** 24 + 1));
  assert.equal(binding.sessions.size, 0);
  shelf.putBack(shelf.take(graph('a'), 2 ** 24));
  assert.equal(binding.sessions.size, 1);
});

test('eight sessions are kept, those that were used last', () => {
  const binding = new FakeBinding();
  const shelf = new SessionShelf(binding);
  const names = Array.from({ length: 9 }, (_, number) => `graph-${number}`);
  const taken = names.map((name) => shelf.take(graph(name), 1));
  for (const one of taken) shelf.putBack(one);
  assert.deepEqual([...binding.sessions.keys()], [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(shelf.take(graph('graph-1'), 1).session, taken[1]!.session);
  assert.notEqual(shelf.take(graph('graph-0'), 1).session, taken[0]!.session);
});

await withNative('a session that is taken over', async (installation) => {
  const { layers } = await openBackend('tensorflow', { installation });

  test('a step in a session that another left begins with its own state', () => {
    /** Adds its input to the state twice, and tells the state before. */
    const run = (start: number, input: number): number[] => {
      const state = tf.variable(tf.scalar(start));
      const step = layers.compile(
        ({ x }: { readonly x: Tensor }) => {
          const before = state.clone();
          state.assign(tf.tidy(() => state.add(x)));
          return { before };
        },
        [state],
      );
      const told = [0, 1].map(() => {
        const x = tf.scalar(input);
        const { before } = step.run({ x });
        const [value] = before.dataSync();
        tf.dispose([x, before]);
        return value!;
      });
      step.settle();
      told.push(state.dataSync()[0]!);
      step.dispose();
      state.dispose();
      return told;
    };
    assert.deepEqual(run(1, 10), [1, 11, 21]);
    assert.deepEqual(run(5, 2), [5, 7, 9]);
  });
});
