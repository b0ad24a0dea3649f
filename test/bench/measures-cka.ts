import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  ckaMatrix,
  minibatchCka,
} from '../../src/ops/similarity/minibatch-cka.ts';
import { GramMaker } from '../../src/ops/similarity/gram-source.ts';
import { ndArray, type NdArrayOf } from '../../src/tensor/nd-array.ts';
import { Rng } from '../../src/tensor/rng.ts';
import { finish } from '../support/probe.ts';
import type { PythonPeer } from './python.ts';
import { medians, ratioText, timed, timesText, type Times } from './timing.ts';

const EXAMPLES = 512;
const WIDTH = 4096;
const LAYERS = 18;

/** Layers that share more or less of a common part. */
function makeLayers(): NdArrayOf<'float32'>[] {
  const rng = Rng.of(2, 'bench');
  const length = EXAMPLES * WIDTH;
  const common = Float32Array.from({ length }, () => rng.normal());
  // A stretch of numbers, read from another place for each layer: making 36 matrices of normal ones takes longer than all.
  const noise = Float32Array.from({ length: length + 997 * 64 }, () =>
    rng.normal(),
  );
  return Array.from({ length: 2 * LAYERS }, (_, layer) => {
    const share = layer / (2 * LAYERS);
    const data = new Float32Array(length);
    for (let i = 0; i < length; i++)
      data[i] = share * common[i]! + noise[i + 997 * layer]!;
    return ndArray('float32', [EXAMPLES, WIDTH], data);
  });
}

function compare(layers: readonly NdArrayOf<'float32'>[]): Float64Array {
  const options = {
    batch: EXAMPLES,
    estimator: 'unbiased',
    kernel: { type: 'linear' },
  } as const;
  const maker = new GramMaker(options);
  const sources = layers.map((layer) => maker.source({ read: () => layer }));
  const left = sources.slice(0, LAYERS);
  const right = sources.slice(LAYERS);
  return ckaMatrix(
    finish(minibatchCka(left, right, { ...options, batches: 1 })),
  );
}

/** 18 layers against 18, beside NumPy with stacked centred Gram matrices in float32. */
export async function benchCka(
  peer: PythonPeer,
  folder: string,
  rounds: number,
): Promise<void> {
  console.log(
    `\ncka: ${LAYERS} × ${LAYERS} layers, n = ${EXAMPLES}, p = ${WIDTH}, unbiased`,
  );
  const layers = makeLayers();
  const features = join(folder, 'layers.bin');
  const file = openSync(features, 'w');
  for (const { data } of layers) writeSync(file, data);
  closeSync(file);
  const ours: Times[] = [];
  const theirs: Times[] = [];
  let difference = 0;
  for (let round = 0; round < rounds; round++) {
    const run = timed(() => compare(layers));
    ours.push(run);
    const answer = await peer.ask<Times & { readonly matrix: number[][] }>({
      do: 'cka',
      features,
      examples: EXAMPLES,
      width: WIDTH,
    });
    theirs.push(answer);
    answer.matrix.flat().forEach((value, i) => {
      difference = Math.max(difference, Math.abs(value - run.result[i]!));
    });
  }
  const [mine, other] = [medians(ours), medians(theirs)];
  console.log(timesText('ours', mine));
  console.log(timesText('NumPy, stacked, float32', other));
  console.log(ratioText(mine, other));
  console.log(`largest difference ${difference.toExponential(1)}`);
}
