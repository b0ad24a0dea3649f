import type { Backend } from './backend.ts';
import type { Tensor1D, Tensor4D } from './tf.ts';
import { tf } from './tf.ts';

/** What a backend's self-check found. */
export interface SelfCheck {
  /** 10⁹ multiplications and additions a second, in a convolution of 3×3. */
  readonly gigaflops: number;
  /** Largest difference from the known gradient, relative to its largest entry. */
  readonly deviation: number;
}

const pattern = (size: number, factor: number, modulus: number): number[] =>
  Array.from(
    { length: size },
    (_, index) =>
      (((factor * index) % modulus) - (modulus - 1) / 2) / ((modulus - 1) / 2),
  );

/**
 * The problem whose answer is known: `Σ slope · relu(batchNorm(conv2d(input, filter)))` with stride 2 and padding 1, on two
 * images of 5×4 with two channels and three filters, derived by the filter.
 */
export const KNOWN = {
  inputShape: [2, 5, 4, 2],
  input: pattern(80, 7, 11),
  filterShape: [3, 3, 2, 3],
  filter: pattern(54, 5, 13),
  outputShape: [2, 3, 2, 3],
  slope: pattern(36, 3, 7),
  gamma: [1, 0.5, 2],
  beta: [0.1, -0.2, 0.3],
  epsilon: 1e-3,
  /** From plain loops in float64; `test/tensor/self-check.test.ts` computes it anew. */
  gradient: [
    -0.2414411, -0.2496392, 2.3142829, -1.0146093, 0.1515263, -0.3587642,
    0.4397966, 0.1465829, 0.7733281, -0.2428798, 0.0494899, -3.1613019,
    0.7428331, -0.0420618, -1.6792876, 0.276196, 0.1981755, 1.8659485,
    -0.468693, -0.3720372, 4.0649131, -0.6501841, 0.364507, -2.7276569,
    2.0640794, 0.148749, -6.0660046, -1.2761033, -0.5694169, 6.6615455,
    -0.2773274, 0.3310684, -4.7506436, -1.1381103, 0.1327391, 5.9886024,
    -0.3059171, 0.083931, 2.1183509, -0.6367144, -0.2374773, 1.6114124,
    1.9652611, 0.1321113, -5.6087649, -1.2667456, -0.4287602, 3.5539487,
    0.2440137, 0.3120626, -0.0466701, 1.9923051, 0.1714349, -6.499974,
  ],
} as const;

/** Float32 keeps seven digits; a wrong formula is off in the first. */
const TOLERANCE = 1e-3;

/** Milliseconds that the timing lasts. */
const TIMED_MS = 300;

/**
 * Computes a gradient of convolution and batch norm that is known, and times a convolution.
 *
 * @throws Error if the backend computes something else.
 */
export async function selfCheck(backend: Backend): Promise<SelfCheck> {
  const deviation = await gradientDeviation(backend);
  if (!(deviation <= TOLERANCE)) {
    throw new Error(
      `The gradient of a convolution with batch norm is wrong by ${(100 * deviation).toPrecision(2)} % of its largest entry.`,
    );
  }
  return { deviation, gigaflops: await convolutionSpeed(backend) };
}

async function gradientDeviation({ layers }: Backend): Promise<number> {
  const gradient = tf.tidy(() => {
    const input = tf.tensor4d([...KNOWN.input], [...KNOWN.inputShape]);
    const slope = tf.tensor4d([...KNOWN.slope], [...KNOWN.outputShape]);
    const [gamma, beta] = [
      tf.tensor1d([...KNOWN.gamma]),
      tf.tensor1d([...KNOWN.beta]),
    ];
    const loss = (filter: Tensor4D) => {
      const { output } = layers.batchNormTraining(
        layers.conv2d(input, filter, 2, 1),
        ...([gamma, beta] as [Tensor1D, Tensor1D]),
        KNOWN.epsilon,
        { relu: true },
      );
      return output.mul(slope).sum();
    };
    const filter = tf.tensor4d([...KNOWN.filter], [...KNOWN.filterShape]);
    return tf.grad((at) => loss(at as Tensor4D))(filter);
  });
  const found = await gradient.data();
  gradient.dispose();
  const largest = Math.max(...KNOWN.gradient.map(Math.abs));
  const errors = KNOWN.gradient.map((value, index) =>
    Math.abs(value - (found[index] ?? NaN)),
  );
  return Math.max(...errors) / largest;
}

async function convolutionSpeed({ layers }: Backend): Promise<number> {
  const [batch, side, channels] = [16, 24, 32];
  const shape: [number, number, number, number] = [batch, side, side, channels];
  const image: Tensor4D = tf.ones(shape);
  const filter: Tensor4D = tf.ones([3, 3, channels, channels]);
  const once = async (): Promise<void> => {
    const corner = tf.tidy(() =>
      layers.conv2d(image, filter, 1, 1).slice([0, 0, 0, 0], [1, 1, 1, 1]),
    );
    // Reading waits for the device.
    await corner.data();
    corner.dispose();
  };
  // The first time is that of packing, of compiling a shader, of starting threads.
  await once();
  const start = performance.now();
  let count = 0;
  do {
    await once();
    count += 1;
  } while (performance.now() - start < TIMED_MS);
  const seconds = (performance.now() - start) / 1000;
  tf.dispose([image, filter]);
  return (count * 2 * batch * side ** 2 * 9 * channels ** 2) / seconds / 1e9;
}
