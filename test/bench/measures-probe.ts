import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logSpaced, rmsScale } from '../../src/ops/probe/linear-probe.ts';
import {
  LogisticModel,
  type Fit,
  type LabelledFeatures,
} from '../../src/ops/probe/logistic-model.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';
import { Rng } from '../../src/tensor/rng.ts';
import { finish } from '../support/probe.ts';
import type { PythonPeer } from './python.ts';
import { medians, ratioText, timed, timesText, type Times } from './timing.ts';

/** The kind's default. */
const TOLERANCE = 1e-6;

interface PeerProbe extends Times {
  readonly objectives: readonly number[];
  readonly iterations: number;
  /** Fits that stopped before they reached the norm. */
  readonly missed: number;
}

/** Rectified features whose spectrum decays, with classes that overlap: like the penultimate layer of a network. */
function makeFeatures(
  examples: number,
  width: number,
  classes: number,
): LabelledFeatures {
  const rng = Rng.of(1, 'bench');
  const centres = Float32Array.from(
    { length: classes * width },
    () => 0.5 * rng.normal(),
  );
  const decay = Array.from({ length: width }, (_, j) => (1 + j) ** -0.5);
  const mixing = Float32Array.from(
    { length: width * width },
    () => (3 * rng.normal()) / Math.sqrt(width),
  );
  const labels = Int32Array.from({ length: examples }, () =>
    Math.floor(rng.uniform() * classes),
  );
  const data = new Float32Array(examples * width);
  const latent = new Float32Array(width);
  for (let i = 0; i < examples; i++) {
    const out = data.subarray(i * width, (i + 1) * width).fill(0.1);
    for (let j = 0; j < width; j++) {
      latent[j] = (centres[labels[i]! * width + j]! + rng.normal()) * decay[j]!;
    }
    for (let j = 0; j < width; j++) {
      const value = latent[j]!;
      for (let k = 0; k < width; k++) out[k]! += value * mixing[j * width + k]!;
    }
    for (let k = 0; k < width; k++) out[k] = Math.max(0, out[k]!);
  }
  return { features: ndArray('float32', [examples, width], data), labels };
}

/** The published path: a fit for each of 45 penalties, one after the other. */
function fitPath(
  examples: LabelledFeatures,
  penalties: readonly number[],
  tolerance: number,
): { readonly fits: readonly Fit[]; readonly startNorm: number } {
  const model = new LogisticModel([examples], rmsScale(examples.features));
  const fits = penalties.map((penalty) =>
    finish(model.fit(penalty, { tolerance, iterations: 10_000 })),
  );
  return { fits, startNorm: model.startGradientNorm };
}

/**
 * The probe's path of 45 penalties beside scikit-learn's L-BFGS, fitted 45 times to the same gradient norm: for each
 * penalty the loosest tolerance that reaches it, found before its time is taken.
 */
export async function benchProbe(
  peer: PythonPeer,
  folder: string,
  size: {
    readonly examples: number;
    readonly width: number;
    readonly classes: number;
  },
  rounds: number,
): Promise<void> {
  const { examples, width, classes } = size;
  console.log(
    `\nprobe: 45 penalties, ${examples} × ${width}, ${classes} classes`,
  );
  const data = makeFeatures(examples, width, classes);
  const penalties = logSpaced(1e-6, 1e5, 45).reverse();
  const features = join(folder, 'features.bin');
  const labels = join(folder, 'labels.bin');
  writeFileSync(features, data.features.data);
  writeFileSync(labels, data.labels);
  const ours: Times[] = [];
  const theirs: Times[] = [];
  let path = fitPath(data, penalties.slice(0, 1), TOLERANCE);
  let answer: PeerProbe | undefined;
  for (let round = 0; round < rounds; round++) {
    const run = timed(() => fitPath(data, penalties, TOLERANCE));
    path = run.result;
    ours.push(run);
    answer = await peer.ask<PeerProbe>({
      do: 'probe',
      ...{ examples, width, features, labels, penalties },
      scale: rmsScale(data.features),
      norm: TOLERANCE * path.startNorm,
    });
    theirs.push(answer);
  }
  const best = fitPath(data, penalties, 1e-3 * TOLERANCE).fits;
  const worst = (values: readonly number[]): string =>
    Math.max(
      ...values.map((value, i) => value / best[i]!.value - 1),
    ).toExponential(1);
  const iterations = path.fits.reduce((sum, fit) => sum + fit.iterations, 0);
  const [mine, other] = [medians(ours), medians(theirs)];
  console.log(timesText(`ours, ${iterations} iterations`, mine));
  console.log(
    timesText(`scikit-learn, ${answer?.iterations ?? 0} iterations`, other),
  );
  console.log(ratioText(mine, other));
  console.log(
    `objective above the minimum, worst of 45, relative: ours ${worst(path.fits.map(({ value }) => value))}, scikit-learn ${worst(answer?.objectives ?? [])}; ${answer?.missed ?? 0} of its fits stopped before they reached the norm`,
  );
}
