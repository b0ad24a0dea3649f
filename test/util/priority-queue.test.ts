import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PriorityQueue } from '../../src/util/priority-queue.ts';

test('items leave in order, whatever the order in which they came and left', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { freq: 3 })),
      (steps) => {
        const queue = new PriorityQueue<number>((a, b) => a < b);
        const reference: number[] = [];
        // A number is added; nothing means that one is taken.
        for (const step of [...steps, ...steps.map(() => null)]) {
          if (step === null) assert.equal(queue.take(), reference.shift());
          else {
            queue.add(step);
            reference.push(step);
            reference.sort((a, b) => a - b);
          }
          assert.equal(queue.size, reference.length);
        }
      },
    ),
    { seed: 1 },
  );
});
