import type { ArchitectureSetting } from '../../src/model/build-network.ts';

/** A network that both engines build from the same numbers. */
export interface BenchedNetwork {
  readonly title: string;
  readonly size: number;
  readonly channels: number;
  readonly classes: number;
  readonly batch: number;
  readonly model: ArchitectureSetting;
  readonly stepsPerRound: number;
}

export const BENCHED_NETWORKS: Readonly<Record<string, BenchedNetwork>> = {
  tiny: {
    title: 'a network of two blocks, 12×12 images, batch 16',
    ...{ size: 12, channels: 3, classes: 8, batch: 16 },
    model: {
      type: 'resnet',
      stem: { width: 8, stride: 2 },
      widths: [8, 16],
      strides: [1, 2],
      blocks: [1, 1],
      'zero-gamma': false,
      'last-layer-deviation': 0.05,
    },
    stepsPerRound: 3,
  },
  miniature: {
    title: 'the network of the miniature study, 24×24 images, batch 128',
    ...{ size: 24, channels: 3, classes: 36, batch: 128 },
    model: {
      type: 'resnet',
      stem: { width: 16, stride: 2 },
      widths: [16, 32, 64, 128],
      strides: [1, 2, 2, 2],
      blocks: [1, 1, 1, 1],
      'zero-gamma': false,
      'last-layer-deviation': 0.05,
    },
    stepsPerRound: 20,
  },
  'resnet-18': {
    title: 'ResNet-18 for 32×32 images, batch 32',
    ...{ size: 32, channels: 3, classes: 100, batch: 32 },
    model: {
      type: 'resnet',
      stem: { width: 64, stride: 1 },
      widths: [64, 128, 256, 512],
      strides: [1, 2, 2, 2],
      blocks: [2, 2, 2, 2],
      'zero-gamma': false,
      'last-layer-deviation': 0.05,
    },
    stepsPerRound: 2,
  },
  'resnet-50': {
    title: 'ResNet-50 for 224×224 images, batch 8',
    ...{ size: 224, channels: 3, classes: 1000, batch: 8 },
    model: {
      type: 'resnet',
      stem: { width: 64, stride: 2, size: 7, pool: true },
      bottleneck: true,
      widths: [256, 512, 1024, 2048],
      strides: [1, 2, 2, 2],
      blocks: [3, 4, 6, 3],
      'zero-gamma': false,
      'last-layer-deviation': 0.05,
    },
    stepsPerRound: 1,
  },
};
