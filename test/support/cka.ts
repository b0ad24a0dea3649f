import type { HsicEstimator } from '../../src/ops/similarity/centred-gram.ts';
import {
  ckaMatrix,
  minibatchCka,
  type CkaSums,
} from '../../src/ops/similarity/minibatch-cka.ts';
import { openBackend } from '../../src/tensor/backend.ts';
import type { NdArrayOf } from '../../src/tensor/nd-array.ts';

/** Similarities of layers in memory on the embedded backend. */
export async function similarities(
  left: readonly NdArrayOf<'float32'>[],
  right: readonly NdArrayOf<'float32'>[],
  options: {
    readonly batch: number;
    readonly estimator?: HsicEstimator;
    readonly memoryBytes?: number;
  },
): Promise<{
  readonly matrix: number[][];
  readonly sums: CkaSums;
  readonly turns: number;
}> {
  const { layers } = await openBackend('wasm');
  const reader = (array: NdArrayOf<'float32'>) => ({ read: () => array });
  const run = minibatchCka(left.map(reader), right.map(reader), {
    layers,
    examples: left[0]?.shape[0] ?? 0,
    estimator: 'unbiased',
    ...options,
  });
  let turns = 0;
  for (;;) {
    const turn = await run.next();
    if (turn.done === true) {
      const flat = ckaMatrix(turn.value);
      const width = right.length;
      return {
        matrix: left.map((_, row) => [
          ...flat.subarray(row * width, (row + 1) * width),
        ]),
        sums: turn.value,
        turns,
      };
    }
    turns += 1;
  }
}
