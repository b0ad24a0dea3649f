import { knownIdxSource, type KnownIdx } from './known-idx.ts';
import type { PathSchema } from './image-set.ts';

/**
 * Digests of the packed files: those that TensorFlow Datasets pins (`url_checksums/mnist.txt`) for the first address, and
 * many others with it. Digests of the unpacked files are published with them by several projects that agree. The makers'
 * own address, yann.lecun.com/exdb/mnist, no longer serves the files.
 */
const mnist: KnownIdx = {
  title: 'MNIST (LeCun, Cortes and Burges 1998)',
  license: 'CC BY-SA 3.0, Yann LeCun and Corinna Cortes',
  addresses: [
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
  ],
  files: {
    train: {
      images: {
        packed:
          '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
        unpacked:
          'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
      },
      labels: {
        packed:
          '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
        unpacked:
          '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
      },
    },
    test: {
      images: {
        packed:
          '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
        unpacked:
          '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
      },
      labels: {
        packed:
          'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
        unpacked:
          'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
      },
    },
  },
  classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  // Mean and deviation of all training pixels, as published.
  normalization: { mean: [0.1307], deviation: [0.3081] },
  folderHint: 'under their standard names',
};

/** 70,000 handwritten digits, 28 × 28, grey. */
export const mnistSource = (path: PathSchema) => knownIdxSource(mnist, path);
