import type { HsicEstimator } from '../../src/ops/similarity/centred-gram.ts';
import {
  GramMaker,
  type Kernel,
} from '../../src/ops/similarity/gram-source.ts';
import {
  ckaMatrix,
  minibatchCka,
  type CkaSums,
} from '../../src/ops/similarity/minibatch-cka.ts';
import type { NdArrayOf } from '../../src/tensor/nd-array.ts';

/** Similarities of layers in memory. */
export function similarities(
  left: readonly NdArrayOf<'float32'>[],
  right: readonly NdArrayOf<'float32'>[],
  options: {
    readonly batch: number;
    readonly estimator?: HsicEstimator;
    readonly kernel?: Kernel;
    readonly memoryBytes?: number;
  },
): {
  readonly matrix: number[][];
  readonly sums: CkaSums;
  readonly turns: number;
} {
  const { batch, estimator = 'unbiased' } = options;
  const kernel = options.kernel ?? { type: 'linear' };
  const maker = new GramMaker({ batch, estimator, kernel });
  const source = (array: NdArrayOf<'float32'>) =>
    maker.source({ read: () => array });
  const run = minibatchCka(left.map(source), right.map(source), {
    ...options,
    batches: Math.floor((left[0]?.shape[0] ?? 0) / batch),
    estimator,
  });
  let turns = 0;
  for (;;) {
    const turn = run.next();
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
