import { test } from 'node:test';
import type { LayerOps } from '../../../src/tensor/layer-ops.ts';
import {
  tf,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '../../../src/tensor/tf.ts';
import { assertClose, assertFar } from '../../support/assert-close.ts';
import {
  batchNormLoops,
  type PlainBatchNorm,
} from '../../support/reference/batch-norm.ts';
import { centralDifferences } from '../../support/reference/central-differences.ts';
import { inScope } from '../../support/in-scope.ts';
import { APART, FLOAT32_NORMALISED } from '../../support/tolerances.ts';
import { normals, numbersOf } from './random.ts';

const EPSILON = 1e-3;

const SHAPES: readonly (readonly [number, number, number, number])[] = [
  [2, 1, 2, 1],
  [3, 2, 2, 3],
  [4, 2, 1, 4],
  [2, 3, 2, 17],
  [3, 1, 2, 22],
];

interface Case extends PlainBatchNorm {
  readonly shape: readonly [number, number, number, number];
}

function someCase(
  shape: Case['shape'],
  tail: { readonly relu: boolean; readonly residual: boolean },
): Case {
  const size = shape.reduce((product, length) => product * length, 1);
  const channels = shape[3];
  // Away from the kink of relu, where a difference quotient means nothing.
  const beta = normals(channels, 'beta');
  const made = {
    shape,
    x: normals(size, 'x'),
    gamma: normals(channels, 'gamma'),
    beta,
    residual: tail.residual ? normals(size, 'residual') : undefined,
    epsilon: EPSILON,
    relu: false,
  };
  if (!tail.relu) return made;
  const { output } = batchNormLoops(made);
  const residual = output.map((value, i) => {
    const shifted = value + Math.sign(value) * 0.25;
    return Math.fround(shifted - value + (made.residual?.[i] ?? 0));
  });
  return { ...made, relu: true, residual };
}

const tensorsOf = ({ shape, x, gamma, beta, residual }: Case): Tensor[] => [
  tf.tensor([...x], [...shape]),
  tf.tensor1d([...gamma]),
  tf.tensor1d([...beta]),
  ...(residual ? [tf.tensor([...residual], [...shape])] : []),
];

const titleOf = ({ shape, relu, residual }: Case): string =>
  `[${shape.join(', ')}]${residual ? ' with residual' : ''}${relu ? ' and relu' : ''}`;

/** Batch norm of `LayerOps` on the opened backend. */
export function batchNormSuite(layers: LayerOps): void {
  const cases = SHAPES.flatMap((shape) => [
    someCase(shape, { relu: false, residual: false }),
    someCase(shape, { relu: false, residual: true }),
    someCase(shape, { relu: true, residual: true }),
  ]);

  for (const one of cases) {
    test(`batch norm in training equals the loops: ${titleOf(one)}`, async () => {
      await inScope(async () => {
        const [x, gamma, beta, residual] = tensorsOf(one);
        const actual = layers.batchNormTraining(
          x as Tensor4D,
          gamma as Tensor1D,
          beta as Tensor1D,
          EPSILON,
          { relu: one.relu, residual: residual as Tensor4D | undefined },
        );
        const expected = batchNormLoops(one);
        assertClose(
          await numbersOf(actual.output),
          expected.output,
          FLOAT32_NORMALISED,
        );
        assertClose(
          await numbersOf(actual.mean),
          expected.mean,
          FLOAT32_NORMALISED,
        );
        assertClose(
          await numbersOf(actual.variance),
          expected.variance,
          FLOAT32_NORMALISED,
        );
        const wrong = batchNormLoops(one, { unbiased: true });
        assertFar(await numbersOf(actual.variance), wrong.variance, APART);
      });
    });

    test(`the gradients of batch norm in training are those of central differences: ${titleOf(one)}`, async () => {
      await proveGradients(
        one,
        (x, gamma, beta, residual) =>
          layers.batchNormTraining(x, gamma, beta, EPSILON, {
            relu: one.relu,
            residual,
          }).output,
      );
    });

    test(`batch norm by given statistics and its gradients equal the loops: ${titleOf(one)}`, async () => {
      const channels = one.shape[3];
      const statistics = {
        mean: normals(channels, 'mean'),
        variance: normals(channels, 'variance').map((value) =>
          Math.fround(value * value + 0.1),
        ),
      };
      const given = withoutKinks({ ...one, statistics });
      const [mean, variance] = [statistics.mean, statistics.variance].map(
        (values) => tf.tensor1d(values),
      ) as [Tensor1D, Tensor1D];
      const inference = (
        x: Tensor4D,
        gamma: Tensor1D,
        beta: Tensor1D,
        residual: Tensor4D | undefined,
      ): Tensor4D =>
        layers.batchNormInference(x, gamma, beta, mean, variance, EPSILON, {
          relu: one.relu,
          residual,
        });
      await inScope(async () => {
        const [x, gamma, beta, residual] = tensorsOf(given);
        assertClose(
          await numbersOf(
            inference(
              x as Tensor4D,
              gamma as Tensor1D,
              beta as Tensor1D,
              residual as Tensor4D | undefined,
            ),
          ),
          batchNormLoops(given).output,
          FLOAT32_NORMALISED,
        );
      });
      await proveGradients(given, inference);
      tf.dispose([mean, variance]);
    });
  }

  test('relu without residual passes no gradient where the output is zero', async () => {
    await inScope(async () => {
      const x = tf.tensor4d([-3, -1, 1, 3], [4, 1, 1, 1]);
      const [gamma, beta] = [tf.tensor1d([2]), tf.tensor1d([0])];
      const dBeta = tf.grad(
        (shift: Tensor) =>
          layers.batchNormTraining(x, gamma, shift as Tensor1D, EPSILON, {
            relu: true,
          }).output,
      )(beta);
      assertClose(await numbersOf(dBeta), [2], 0);
    });
  });

  test('the variance keeps its digits where the mean is a thousand times the deviation', async () => {
    await inScope(async () => {
      const x = normals(4 * 64 * 3, 'x').map((value) =>
        Math.fround(value + 1000),
      );
      const one = {
        x,
        gamma: [1, 1, 1],
        beta: [0, 0, 0],
        epsilon: EPSILON,
        relu: false,
      };
      const { variance } = layers.batchNormTraining(
        tf.tensor4d(x, [4, 8, 8, 3]),
        tf.tensor1d(one.gamma),
        tf.tensor1d(one.beta),
        EPSILON,
        { relu: false },
      );
      // The mean is known to 6e-5 only, whose square is what a variance of 1 can lose; E[x²] − E[x]² would lose 0.06.
      assertClose(
        await numbersOf(variance),
        batchNormLoops(one).variance,
        1e-5,
      );
    });
  });
}

/** The same case with residuals that keep every sum away from the kink of relu. */
function withoutKinks(one: Case): Case {
  if (!one.relu) return one;
  const { output } = batchNormLoops({ ...one, relu: false });
  const residual = output.map((value, i) =>
    Math.fround((one.residual?.[i] ?? 0) + Math.sign(value) * 0.25),
  );
  return { ...one, residual };
}

async function proveGradients(
  one: Case,
  normalise: (
    x: Tensor4D,
    gamma: Tensor1D,
    beta: Tensor1D,
    residual: Tensor4D | undefined,
  ) => Tensor4D,
): Promise<void> {
  const slopes = normals(one.x.length, 'slopes');
  const value = (changed: Partial<Case>): number =>
    batchNormLoops({ ...one, ...changed }).output.reduce(
      (sum, output, i) => sum + output * slopes[i]!,
      0,
    );
  await inScope(async () => {
    const inputs = tensorsOf(one);
    const gradients = tf.grads((...[x, gamma, beta, residual]: Tensor[]) =>
      normalise(
        x as Tensor4D,
        gamma as Tensor1D,
        beta as Tensor1D,
        residual as Tensor4D | undefined,
      ),
    )(inputs, tf.tensor(slopes, [...one.shape]));
    const names = ['x', 'gamma', 'beta', 'residual'] as const;
    for (const [index, gradient] of gradients.entries()) {
      const name = names[index]!;
      const expected = centralDifferences(
        (at) => value({ [name]: at }),
        one[name]!,
      );
      assertClose(
        await numbersOf(gradient),
        expected,
        FLOAT32_NORMALISED,
        `gradients of ${name}`,
      );
    }
  });
}
