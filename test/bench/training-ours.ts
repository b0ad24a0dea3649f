import { createInterface } from 'node:readline';
import { buildNetwork } from '../../src/model/build-network.ts';
import { TrainingStep } from '../../src/model/training-step.ts';
import { drawWeights } from '../../src/model/weights.ts';
import { bindObjective } from '../../src/ops/loss/bind-objective.ts';
import {
  openBackend,
  type BackendName,
  type BackendOptions,
} from '../../src/tensor/backend.ts';
import type { LayerOps } from '../../src/tensor/layer-ops.ts';
import { liveGpuBytes, tf, type Tensor4D } from '../../src/tensor/tf.ts';
import type { TimedSteps } from './engine-process.ts';
import type { BenchedNetwork } from './training-networks.ts';

/** What our side of the bench is told. */
export interface OurSettings {
  readonly network: BenchedNetwork;
  readonly backend: BackendName;
  readonly options: BackendOptions;
  /** Stands behind the title. */
  readonly note: string;
}

/** A training step as `train` nodes take it, on one batch in memory. */
export function makeStep(
  { size, channels, classes, batch, model }: BenchedNetwork,
  layers: LayerOps,
): () => Promise<void> {
  const network = buildNetwork(model, { channels, classes });
  const { train } = bindObjective({ type: 'softmax', 'rate-scale': 1 });
  if (train === null) throw new Error('Internal error: softmax trains');
  const step = new TrainingStep({
    network,
    objective: train,
    layers,
    momentum: 0.9,
    weightDecay: 1e-4,
    weights: drawWeights(network.weights, 0, 'bench'),
    velocities: {},
  });
  const images: Tensor4D = tf.randomNormal(
    [batch, size, size, channels],
    0,
    1,
    'float32',
    1,
  );
  const labels = tf.tidy(() =>
    tf
      .oneHot(
        tf.range(0, batch, 1, 'int32').mod(tf.scalar(classes, 'int32')),
        classes,
      )
      .as2D(batch, classes)
      .toFloat(),
  );
  const rate = tf.scalar(0.01);
  return async () => {
    const { objective, predictions } = step.run({ images, labels, rate });
    await objective.data();
    tf.dispose([objective, predictions]);
  };
}

async function time(
  step: () => Promise<void>,
  steps: number,
): Promise<TimedSteps> {
  const wallMs: number[] = [];
  const before = process.cpuUsage();
  for (let count = 0; count < steps; count++) {
    const start = performance.now();
    await step();
    wallMs.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  return {
    wallMs,
    cpuMs: (user + system) / 1000 / steps,
    residentMiB: process.memoryUsage().rss / 2 ** 20,
    tensors: tf.memory().numTensors,
    gpuMiB: (liveGpuBytes() ?? 0) / 2 ** 20,
  };
}

/** Answers as `EngineProcess` asks. */
async function serve(settings: OurSettings): Promise<void> {
  const backend = await openBackend(settings.backend, settings.options);
  const step = makeStep(settings.network, backend.layers);
  const say = (value: unknown): void => {
    process.stdout.write(`${JSON.stringify(value)}\n`);
  };
  const { facts } = backend;
  const version =
    facts['libtensorflow'] ?? facts['kernels'] ?? facts['adapter'];
  const note = settings.note === '' ? '' : `, ${settings.note}`;
  say({ title: `Penultimate, ${backend.name} ${version ?? ''}${note}` });
  for await (const line of createInterface({ input: process.stdin })) {
    say(await time(step, Number(line)));
  }
}

const [settings] = process.argv.slice(2);
if (settings !== undefined && import.meta.filename === process.argv[1]) {
  await serve(JSON.parse(settings) as OurSettings);
}
