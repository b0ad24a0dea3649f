import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayerOps } from '../../../src/tensor/layer-ops.ts';
import { tf, type Tensor, type Tensor4D } from '../../../src/tensor/tf.ts';
import type { Tensor5D } from '@tensorflow/tfjs';
import { checkGradient } from '../../support/check-gradient.ts';
import { assertClose, assertFar } from '../../support/assert-close.ts';
import {
  convolutionLoops,
  outputSizes,
  type ConvolutionSizes,
} from '../../support/reference/convolution.ts';
import { inScope } from '../../support/in-scope.ts';
import { APART, FLOAT32, FLOAT32_LONG_SUM } from '../../support/tolerances.ts';
import type { Pace } from './pace.ts';
import { normals, normalTensor, numbersOf } from './random.ts';

type Convolve = (x: Tensor4D, w: Tensor4D) => Tensor4D;
type Padding = readonly [number, number, number, number];

/** A convolution with one stride and one padding; a length stands for both directions. */
function square(
  batch: number,
  size: number | readonly [number, number],
  channels: number,
  filters: number,
  filter: number | readonly [number, number],
  stride: number,
  padding: number,
): ConvolutionSizes {
  const both = (
    length: number | readonly [number, number],
  ): readonly [number, number] =>
    typeof length === 'number' ? [length, length] : length;
  const [rows, columns] = both(size);
  const [filterRows, filterColumns] = both(filter);
  return {
    ...{ batch, rows, columns, channels, filters, filterRows, filterColumns },
    strides: [stride, stride],
    padding: [padding, padding, padding, padding],
  };
}

/** Every size once at least: remainders of images by 4, of channels by 4, of filters by 8; borders wider than the image. */
const SQUARE_CASES: readonly ConvolutionSizes[] = [
  square(1, 1, 1, 1, 1, 1, 0),
  square(5, 6, 3, 7, 3, 2, 1),
  square(4, 5, 8, 8, 3, 1, 1),
  square(6, [7, 4], 5, 9, 3, 2, 1),
  square(7, 2, 12, 16, 3, 1, 1),
  square(3, 8, 2, 17, 5, 3, 2),
  square(9, 9, 4, 6, 7, 2, 3),
  square(2, 6, 6, 24, 1, 2, 0),
  square(8, 4, 11, 3, 1, 1, 0),
  square(4, [5, 9], 3, 4, [1, 4], 1, 0),
  square(4, [6, 3], 3, 4, [4, 2], 2, 2),
  square(5, 2, 3, 5, 5, 1, 3),
  square(4, 3, 2, 3, 2, 4, 0),
];

/** Sizes at which kernels of their own begin. */
const LARGE_CASES: readonly ConvolutionSizes[] = [
  square(130, 3, 16, 8, 3, 1, 1),
  // Minimal filtering in tiles of few channels, with half a tile at the end; of images that are one tile each, in two rounds.
  square(3, [12, 7], 16, 24, 3, 1, 1),
  square(270, 2, 24, 32, 3, 1, 1),
  // Channels enough for it anywhere: halves of tiles at both ends, none at all, several rounds.
  square(2, [13, 11], 56, 64, 3, 1, 1),
  square(1, [10, 9], 64, 72, 3, 1, 0),
  square(5, 8, 72, 64, 3, 1, 2),
];

const title = (sizes: ConvolutionSizes): string =>
  `[${sizes.batch}, ${sizes.rows}, ${sizes.columns}, ${sizes.channels}] with [${sizes.filterRows}, ${sizes.filterColumns}, ${sizes.channels}, ${sizes.filters}], stride ${sizes.strides.join(' and ')}, padding ${sizes.padding.join(', ')}`;

/** Output and both gradients against the loops. */
async function prove(
  sizes: ConvolutionSizes,
  convolve: Convolve,
  shape = [
    sizes.filterRows,
    sizes.filterColumns,
    sizes.channels,
    sizes.filters,
  ],
): Promise<void> {
  await inScope(async () => {
    const { batch, rows, columns, channels } = sizes;
    const x = normalTensor([batch, rows, columns, channels], 'x') as Tensor4D;
    const w = normalTensor(shape, 'w') as Tensor4D;
    const y = convolve(x, w);
    const outChannels =
      sizes.depthwise === true ? channels * sizes.filters : sizes.filters;
    assert.deepEqual(y.shape, [batch, ...outputSizes(sizes), outChannels]);
    const slopes = normals(y.size, 'slopes');
    const expected = convolutionLoops(
      await numbersOf(x),
      await numbersOf(w),
      sizes,
      slopes,
    );
    assertClose(await numbersOf(y), expected.y, FLOAT32, 'outputs');
    const [dx, dw] = tf.grads((a: Tensor, b: Tensor) =>
      convolve(a as Tensor4D, b as Tensor4D),
    )([x, w], tf.tensor(slopes, y.shape)) as [Tensor, Tensor];
    assertClose(
      await numbersOf(dx),
      expected.dx,
      FLOAT32,
      'gradient of the input',
    );
    assertClose(
      await numbersOf(dw),
      expected.dw,
      FLOAT32_LONG_SUM,
      'gradient of the filter',
    );
  });
}

/** Convolutions of `LayerOps` and of the library on the opened backend. */
export function convolutionSuite(layers: LayerOps, pace: Pace = 'full'): void {
  for (const sizes of [
    ...SQUARE_CASES,
    ...(pace === 'brief' ? [] : LARGE_CASES),
  ]) {
    test(`conv2d and its gradients equal the loops: ${title(sizes)}`, async () => {
      await prove(sizes, (x, w) =>
        layers.conv2d(x, w, sizes.strides[0], sizes.padding[0]),
      );
    });
  }

  const explicit: readonly (readonly [[number, number], Padding])[] = [
    [
      [1, 1],
      [0, 2, 1, 0],
    ],
    [
      [2, 1],
      [1, 0, 0, 3],
    ],
    [
      [1, 3],
      [2, 2, 0, 1],
    ],
  ];
  for (const [strides, padding] of explicit) {
    const [top, bottom, left, right] = padding;
    test(`tf.conv2d takes strides ${strides.join(' and ')} with explicit padding ${padding.join(', ')}`, async () => {
      const sizes = { ...square(3, [6, 5], 3, 5, 3, 1, 0), strides, padding };
      await prove(sizes, (x, w) =>
        tf.conv2d(x, w, strides, [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ]),
      );
    });
  }

  test('"same" with stride 2 pads below and right first, unlike padding 1', async () => {
    const same: ConvolutionSizes = {
      ...square(2, 6, 3, 4, 3, 2, 0),
      padding: [0, 1, 0, 1],
    };
    await prove(same, (x, w) => tf.conv2d(x, w, 2, 'same'));
    const both = { ...same, padding: [1, 1, 1, 1] as const };
    const x = normals(2 * 6 * 6 * 3, 'x');
    const w = normals(3 * 3 * 3 * 4, 'w');
    assertFar(
      convolutionLoops(x, w, same).y,
      convolutionLoops(x, w, both).y,
      APART,
    );
  });

  for (const [filter, stride] of [
    [3, 3],
    [4, 1],
    [4, 2],
    [6, 2],
    [7, 3],
    [[2, 5], 2],
  ] as const) {
    test(`tf.conv2d takes "same" with a filter of ${String(filter)} and stride ${stride}`, async () => {
      const [filterRows, filterColumns] =
        typeof filter === 'number' ? [filter, filter] : filter;
      const [rows, columns] = [9, 7];
      // As many outputs as strides begin in the image; an odd pixel of padding is below and right.
      const pads = (length: number, taps: number): [number, number] => {
        const reached = (Math.ceil(length / stride) - 1) * stride + taps;
        const total = Math.max(0, reached - length);
        return [Math.floor(total / 2), Math.ceil(total / 2)];
      };
      const sizes: ConvolutionSizes = {
        ...square(3, [rows, columns], 5, 6, [filterRows, filterColumns], 1, 0),
        strides: [stride, stride],
        padding: [...pads(rows, filterRows), ...pads(columns, filterColumns)],
      };
      await prove(sizes, (x, w) => tf.conv2d(x, w, stride, 'same'));
    });
  }

  test('the gradient of a convolution with dilation is refused in words', () => {
    tf.tidy(() => {
      const x = normalTensor([2, 7, 7, 3], 'x');
      const w = normalTensor([3, 3, 3, 4], 'w') as Tensor4D;
      const slope = tf.grad((images: Tensor) =>
        tf.conv2d(images as Tensor4D, w, 1, 'valid', 'NHWC', 2),
      );
      assert.throws(() => slope(x), /dilation rates greater than 1/);
    });
  });

  test('a convolution with dilation equals the loops', async () => {
    await inScope(async () => {
      const sizes = { ...square(2, 7, 3, 4, 3, 1, 0), dilation: 2 };
      const x = normalTensor([2, 7, 7, 3], 'x') as Tensor4D;
      const w = normalTensor([3, 3, 3, 4], 'w') as Tensor4D;
      const y = tf.conv2d(x, w, 1, 'valid', 'NHWC', 2);
      const expected = convolutionLoops(
        await numbersOf(x),
        await numbersOf(w),
        sizes,
      );
      assertClose(await numbersOf(y), expected.y, FLOAT32);
    });
  });

  test('a convolution sees a filter that was assigned anew', async () => {
    await inScope(async () => {
      const x = normalTensor([1, 3, 3, 2], 'x') as Tensor4D;
      const filter = tf.variable(tf.ones([3, 3, 2, 4]));
      layers.conv2d(x, filter as Tensor as Tensor4D, 1, 1);
      filter.assign(tf.zeros([3, 3, 2, 4]));
      const y = layers.conv2d(x, filter as Tensor as Tensor4D, 1, 1);
      assert.ok((await numbersOf(y)).every((value) => value === 0));
      filter.dispose();
    });
  });
}

/** 3-D convolutions: their stock gradients are wrong. */
export function volumeSuite(): void {
  for (const stride of [1, 2]) {
    for (const pad of ['valid', 'same'] as const) {
      test(`the gradients of a 3-D convolution with stride ${stride}, "${pad}", are those of difference quotients`, async () => {
        await inScope(async () => {
          const x = normalTensor([2, 4, 5, 3, 2], 'x');
          const w = normalTensor([2, 3, 2, 2, 3], 'w');
          await checkGradient(
            (a, b) =>
              tf
                .conv3d(a as Tensor5D, b as Tensor5D, stride, pad)
                .square()
                .sum(),
            [x, w],
          );
        });
      });
    }
  }
}

/** Depthwise convolutions: gradients that the stock backend lacks. */
export function depthwiseSuite(): void {
  for (const [channels, multiplier, stride] of [
    [8, 1, 1],
    [5, 1, 2],
    [3, 2, 1],
    [6, 3, 2],
  ] as const) {
    test(`a depthwise convolution of ${channels} channels times ${multiplier}, stride ${stride}, equals the loops both ways`, async () => {
      const sizes: ConvolutionSizes = {
        ...square(3, [7, 6], channels, multiplier, 3, stride, 0),
        depthwise: true,
      };
      await prove(sizes, (x, w) => tf.depthwiseConv2d(x, w, stride, 'valid'));
    });
  }

  for (const [filter, stride, pad, padding] of [
    [3, 1, 'same', [1, 1, 1, 1]],
    [3, 2, 'same', [0, 1, 0, 1]],
    [5, 2, 2, [2, 2, 2, 2]],
    [7, 1, 3, [3, 3, 3, 3]],
    [1, 2, 'valid', [0, 0, 0, 0]],
  ] as const) {
    test(`a depthwise convolution with a filter of ${filter}, stride ${stride}, padding ${pad} equals the loops both ways`, async () => {
      const sizes: ConvolutionSizes = {
        ...square(2, 6, 5, 2, filter, stride, 0),
        ...{ padding, depthwise: true },
      };
      await prove(sizes, (x, w) => tf.depthwiseConv2d(x, w, stride, pad));
    });
  }
}
