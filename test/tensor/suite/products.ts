import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayerOps } from '../../../src/tensor/layer-ops.ts';
import { tf, type Tensor, type Tensor2D } from '../../../src/tensor/tf.ts';
import { assertClose, assertFar } from '../../support/assert-close.ts';
import { matMulLoops } from '../../support/reference/mat-mul.ts';
import { inScope } from '../../support/in-scope.ts';
import { APART, FLOAT32, FLOAT32_LONG_SUM } from '../../support/tolerances.ts';
import { normals, normalTensor, numbersOf } from './random.ts';

const SIZES: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [5, 3, 7],
  [4, 16, 8],
  [9, 2, 17],
  [128, 128, 36],
  [3, 500, 4],
];

const stored = (
  rows: number,
  columns: number,
  isTransposed: boolean,
): [number, number] => (isTransposed ? [columns, rows] : [rows, columns]);

/** Matrix products of `LayerOps` and of the library on the opened backend. */
export function productSuite(layers: LayerOps): void {
  for (const [rows, depth, columns] of SIZES)
    for (const transposeA of [false, true])
      for (const transposeB of [false, true]) {
        const sizes = { rows, depth, columns, transposeA, transposeB };
        test(`[${rows}, ${depth}] times [${depth}, ${columns}]${transposeA ? ', left transposed' : ''}${transposeB ? ', right transposed' : ''}, and its gradients equal the loops`, async () => {
          await inScope(async () => {
            const a = normalTensor(stored(rows, depth, transposeA), 'a');
            const b = normalTensor(stored(depth, columns, transposeB), 'b');
            const product = layers.matMul(
              a as Tensor2D,
              b as Tensor2D,
              transposeA,
              transposeB,
            );
            assert.deepEqual(product.shape, [rows, columns]);
            assertClose(
              await numbersOf(product),
              matMulLoops(await numbersOf(a), await numbersOf(b), sizes),
              FLOAT32_LONG_SUM,
            );
            const slopes = normals(product.size, 'slopes');
            const [da, db] = tf.grads((left: Tensor, right: Tensor) =>
              layers.matMul(
                left as Tensor2D,
                right as Tensor2D,
                transposeA,
                transposeB,
              ),
            )([a, b], tf.tensor(slopes, product.shape)) as [Tensor, Tensor];
            // d(a b) = slopes bᵀ and aᵀ slopes, each as its side is stored.
            const expectedA = transposeA
              ? matMulLoops(await numbersOf(b), slopes, {
                  ...{ rows: depth, depth: columns, columns: rows },
                  ...{ transposeA: transposeB, transposeB: true },
                })
              : matMulLoops(slopes, await numbersOf(b), {
                  ...{ rows, depth: columns, columns: depth },
                  ...{ transposeA: false, transposeB: !transposeB },
                });
            const expectedB = transposeB
              ? matMulLoops(slopes, await numbersOf(a), {
                  ...{ rows: columns, depth: rows, columns: depth },
                  ...{ transposeA: true, transposeB: transposeA },
                })
              : matMulLoops(await numbersOf(a), slopes, {
                  ...{ rows: depth, depth: rows, columns },
                  ...{ transposeA: !transposeA, transposeB: false },
                });
            assertClose(await numbersOf(da), expectedA, FLOAT32_LONG_SUM);
            assertClose(await numbersOf(db), expectedB, FLOAT32_LONG_SUM);
          });
        });
      }

  test('a product over leading axes repeats an axis of length one', async () => {
    await inScope(async () => {
      const a = normalTensor([2, 1, 3, 5], 'a');
      const b = normalTensor([4, 5, 2], 'b');
      const product = tf.matMul(a, b);
      assert.deepEqual(product.shape, [2, 4, 3, 2]);
      const [left, right] = [await numbersOf(a), await numbersOf(b)];
      const expected = [0, 1].flatMap((i) =>
        [0, 1, 2, 3].flatMap((j) => [
          ...matMulLoops(
            left.subarray(i * 15, (i + 1) * 15),
            right.subarray(j * 10, (j + 1) * 10),
            {
              ...{ rows: 3, depth: 5, columns: 2 },
              ...{ transposeA: false, transposeB: false },
            },
          ),
        ]),
      );
      assertClose(await numbersOf(product), expected, FLOAT32);
    });
  });

  for (const transposeA of [false, true])
    for (const transposeB of [false, true]) {
      test(`a batch of products${transposeA ? ', left transposed' : ''}${transposeB ? ', right transposed' : ''}, and its gradients are those of its matrices`, async () => {
        await inScope(async () => {
          const [rows, depth, columns] = [5, 3, 9];
          const a = normalTensor([2, ...stored(rows, depth, transposeA)], 'a');
          const b = normalTensor(
            [2, ...stored(depth, columns, transposeB)],
            'b',
          );
          const slopes = normalTensor([2, rows, columns], 'slopes');
          const multiply = (left: Tensor, right: Tensor): Tensor =>
            tf.matMul(left, right, transposeA, transposeB);
          const both = (
            left: Tensor,
            right: Tensor,
            slope: Tensor,
          ): Tensor[] => [
            multiply(left, right),
            ...tf.grads(multiply)([left, right], slope),
          ];
          const one = (matrices: Tensor, index: number): Tensor =>
            tf.gather(matrices, index);
          const parts = [0, 1].map((index) =>
            both(one(a, index), one(b, index), one(slopes, index)),
          );
          for (const [which, found] of both(a, b, slopes).entries()) {
            const [first, second] = parts.map((part) => part[which]!);
            assertClose(
              await numbersOf(found),
              [...(await numbersOf(first!)), ...(await numbersOf(second!))],
              FLOAT32,
            );
          }
        });
      });
    }

  test('the fused product with transposed right side, bias and relu equals its parts', async () => {
    await inScope(async () => {
      const a = normalTensor([13, 17], 'a') as Tensor2D;
      const b = normalTensor([9, 17], 'b') as Tensor2D;
      const bias = normalTensor([9], 'bias');
      const fused = tf.fused.matMul({
        ...{ a, b, transposeA: false, transposeB: true, bias },
        activation: 'relu',
      });
      const product = matMulLoops(await numbersOf(a), await numbersOf(b), {
        ...{ rows: 13, depth: 17, columns: 9 },
        ...{ transposeA: false, transposeB: true },
      });
      const biases = await numbersOf(bias);
      const expected = product.map((value, i) =>
        Math.max(0, value + biases[i % 9]!),
      );
      assertClose(await numbersOf(fused), expected, FLOAT32);
      assertFar(
        await numbersOf(fused),
        product.map((value) => Math.max(0, value)),
        APART,
      );
    });
  });

  test('integers are multiplied or refused, not read as if they were float32', async () => {
    await inScope(async () => {
      const integers = tf.ones([2, 2], 'int32');
      if (tf.getBackend() === 'wasm') {
        assert.throws(() => tf.matMul(integers, integers), /float32/);
      } else {
        const product = tf.matMul(integers, integers);
        assert.deepEqual([...(await product.data())], [2, 2, 2, 2]);
      }
    });
  });

  test('gathered rows hand their gradients back to where they came from', async () => {
    await inScope(async () => {
      const x = normalTensor([4, 3], 'x');
      const indices = tf.tensor1d([2, 0, 2], 'int32');
      const slopes = normals(9, 'slopes');
      const gradient = tf.grad((rows: Tensor) => tf.gather(rows, indices))(
        x,
        tf.tensor2d(slopes, [3, 3]),
      );
      const [first, second, third] = [0, 3, 6].map((at) =>
        slopes.slice(at, at + 3),
      ) as [number[], number[], number[]];
      const expected = [
        ...second,
        ...[0, 0, 0],
        ...first.map((slope, i) => slope + third[i]!),
        ...[0, 0, 0],
      ];
      assertClose(await numbersOf(gradient), expected, FLOAT32);
    });
  });
}
