import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayerOps } from '../../../src/tensor/layer-ops.ts';
import { tf, type Tensor, type Tensor4D } from '../../../src/tensor/tf.ts';
import { assertClose, assertFar } from '../../support/assert-close.ts';
import {
  averagePoolGradientLoops,
  maxPoolGradientLoops,
  poolLoops,
  type PoolSizes,
} from '../../support/reference/pool.ts';
import { inScope } from '../../support/in-scope.ts';
import { APART, FLOAT32 } from '../../support/tolerances.ts';
import { normals, normalTensor, numbersOf } from './random.ts';

/** A pooling by the library's names, and what its padding is in numbers. */
interface PoolCase {
  readonly size: number;
  readonly channels: number;
  readonly window: number | readonly [number, number];
  readonly stride: number;
  readonly pad: 'same' | 'valid' | number;
  readonly padding: readonly [number, number, number, number];
}

const CASES: readonly PoolCase[] = [
  {
    size: 4,
    channels: 3,
    window: 2,
    stride: 2,
    pad: 'valid',
    padding: [0, 0, 0, 0],
  },
  {
    size: 5,
    channels: 4,
    window: 3,
    stride: 2,
    pad: 'same',
    padding: [1, 1, 1, 1],
  },
  {
    size: 6,
    channels: 9,
    window: 3,
    stride: 2,
    pad: 'same',
    padding: [0, 1, 0, 1],
  },
  { size: 6, channels: 8, window: 3, stride: 2, pad: 1, padding: [1, 1, 1, 1] },
  {
    size: 5,
    channels: 2,
    window: 3,
    stride: 1,
    pad: 'same',
    padding: [1, 1, 1, 1],
  },
  // Larger windows: even, with a number for padding, all of the image, and not square.
  {
    size: 7,
    channels: 5,
    window: 4,
    stride: 2,
    pad: 'same',
    padding: [1, 2, 1, 2],
  },
  { size: 8, channels: 6, window: 5, stride: 3, pad: 2, padding: [2, 2, 2, 2] },
  {
    size: 7,
    channels: 3,
    window: 7,
    stride: 1,
    pad: 'valid',
    padding: [0, 0, 0, 0],
  },
  {
    size: 6,
    channels: 4,
    window: [2, 5],
    stride: 2,
    pad: 'same',
    padding: [0, 0, 1, 2],
  },
];

/** Rows and columns of a window. */
const windowOf = ({ window }: PoolCase): [number, number] =>
  typeof window === 'number' ? [window, window] : [...window];

function sizesOf(one: PoolCase): PoolSizes {
  const { size, channels, stride, padding } = one;
  const [filterRows, filterColumns] = windowOf(one);
  return {
    ...{ batch: 2, rows: size, columns: size, channels, padding },
    ...{ filterRows, filterColumns, strides: [stride, stride] },
  };
}

const titleOf = ({ size, channels, window, stride, pad }: PoolCase): string =>
  `[2, ${size}, ${size}, ${channels}], window ${String(window)}, stride ${stride}, padding ${pad}`;

/** Pooling of `LayerOps` and of the library on the opened backend. */
export function poolSuite(layers: LayerOps): void {
  for (const shape of [
    [1, 1, 1, 1],
    [3, 2, 5, 7],
    [5, 3, 3, 16],
  ] as const) {
    test(`the global average of [${shape.join(', ')}] and its gradient equal the loops`, async () => {
      await inScope(async () => {
        const [batch, rows, columns, channels] = shape;
        const x = normalTensor(shape, 'x') as Tensor4D;
        const y = layers.globalAveragePool(x);
        assert.deepEqual(y.shape, [batch, channels]);
        const places = rows * columns;
        const expected = new Float64Array(batch * channels);
        const owner = (i: number): number =>
          Math.floor(i / (places * channels)) * channels + (i % channels);
        (await numbersOf(x)).forEach((value, i) => {
          expected[owner(i)]! += value / places;
        });
        assertClose(await numbersOf(y), expected, FLOAT32);
        const slopes = normals(y.size, 'slopes');
        const gradient = tf.grad((input: Tensor) =>
          layers.globalAveragePool(input as Tensor4D),
        )(x, tf.tensor(slopes, y.shape));
        assertClose(
          await numbersOf(gradient),
          Array.from({ length: x.size }, (_, i) => slopes[owner(i)]! / places),
          FLOAT32,
        );
      });
    });
  }

  for (const one of CASES) {
    const { size, channels, stride, pad } = one;
    const window = windowOf(one);
    const shape = [2, size, size, channels];

    test(`max pooling takes the largest, its gradient goes to the first largest entry, negative windows too: ${titleOf(one)}`, async () => {
      await inScope(async () => {
        // All negative: the stock kernel's maximum starts at the smallest positive number.
        const x = normalTensor(shape, 'x').sub(10);
        const pool = (input: Tensor): Tensor =>
          tf.maxPool(input as Tensor4D, window, stride, pad);
        const y = pool(x);
        const { largest } = poolLoops(await numbersOf(x), sizesOf(one));
        assertClose(await numbersOf(y), largest, FLOAT32);
        const slopes = normals(y.size, 'slopes');
        const gradient = tf.grad(pool)(x, tf.tensor(slopes, y.shape));
        const expected = maxPoolGradientLoops(
          await numbersOf(x),
          slopes,
          sizesOf(one),
        );
        assertClose(await numbersOf(gradient), expected, FLOAT32);
      });
    });

    test(`average pooling and its gradient are over the places inside the image: ${titleOf(one)}`, async () => {
      await inScope(async () => {
        const x = normalTensor(shape, 'x');
        const pool = (input: Tensor): Tensor =>
          tf.avgPool(input as Tensor4D, window, stride, pad);
        const y = pool(x);
        const { average } = poolLoops(await numbersOf(x), sizesOf(one));
        assertClose(await numbersOf(y), average, FLOAT32);
        const slopes = normals(y.size, 'slopes');
        const gradient = await numbersOf(
          tf.grad(pool)(x, tf.tensor(slopes, y.shape)),
        );
        const loops = (options: { countPadding?: boolean }): Float64Array =>
          averagePoolGradientLoops(x.size, slopes, sizesOf(one), options);
        assertClose(gradient, loops({}), FLOAT32);
        if (one.padding.some((pixels) => pixels > 0)) {
          assertFar(gradient, loops({ countPadding: true }), APART);
        }
      });
    });
  }

  test('of equal entries the first gets the whole gradient of max pooling', async () => {
    await inScope(async () => {
      const x = tf.fill([1, 2, 2, 5], -1);
      const gradient = tf.grad((input: Tensor) =>
        tf.maxPool(input as Tensor4D, 2, 2, 'valid'),
      )(x, tf.ones([1, 1, 1, 5]));
      assertClose(
        await numbersOf(gradient),
        Array.from({ length: 20 }, (_, i) => (i < 5 ? 1 : 0)),
        0,
      );
    });
  });
}
