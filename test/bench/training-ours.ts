import { resnet } from '../../src/model/resnet.ts';
import { TrainingStep } from '../../src/model/training-step.ts';
import { drawWeights } from '../../src/model/weights.ts';
import { bindObjective } from '../../src/ops/loss/bind-objective.ts';
import type { LayerOps } from '../../src/tensor/layer-ops.ts';
import { tf, type Tensor2D, type Tensor4D } from '../../src/tensor/tf.ts';
import type { Engine, TimedSteps } from './training.ts';
import type { BenchedNetwork } from './training-networks.ts';

/** Our training step on the opened backend, as `train` nodes take it. */
export class OurTraining implements Engine {
  readonly title = 'Penultimate, wasm';
  readonly #step: TrainingStep;
  readonly #images: Tensor4D;
  readonly #labels: Tensor2D;
  readonly #rate = tf.scalar(0.01);

  constructor(network: BenchedNetwork, layers: LayerOps) {
    const { size, channels, classes, batch } = network;
    const built = resnet(
      {
        stem: network.stem,
        widths: [...network.widths],
        strides: [...network.strides],
        blocks: [...network.blocks],
        'zero-gamma': false,
        'last-layer-deviation': 0.05,
      },
      { channels, classes },
    );
    const { train } = bindObjective({
      type: 'softmax',
      'rate-scale': 1,
    });
    if (train === null) throw new Error('Internal error: softmax trains');
    this.#step = new TrainingStep({
      network: built,
      objective: train,
      layers,
      momentum: 0.9,
      weightDecay: 1e-4,
      weights: drawWeights(built.weights, 0, 'bench'),
      velocities: {},
    });
    this.#images = tf.randomNormal(
      [batch, size, size, channels],
      0,
      1,
      'float32',
      1,
    );
    this.#labels = tf.tidy(() =>
      tf.oneHot(
        tf.range(0, batch, 1, 'int32').mod(tf.scalar(classes, 'int32')),
        classes,
      ),
    ) as Tensor2D;
  }

  run(steps: number): Promise<TimedSteps> {
    const wallMs: number[] = [];
    const before = process.cpuUsage();
    for (let step = 0; step < steps; step++) {
      const start = performance.now();
      const { objective, predictions } = this.#step.run({
        images: this.#images,
        labels: this.#labels,
        rate: this.#rate,
      });
      objective.dataSync();
      tf.dispose([objective, predictions]);
      wallMs.push(performance.now() - start);
    }
    const { user, system } = process.cpuUsage(before);
    return Promise.resolve({ wallMs, cpuMs: (user + system) / 1000 / steps });
  }

  dispose(): void {
    this.#step.dispose();
    tf.dispose([this.#images, this.#labels, this.#rate]);
  }
}
