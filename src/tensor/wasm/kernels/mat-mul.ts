import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import { tf } from '../../tf.ts';
import { roundUp, type Heap } from './heap.ts';

/** Bytes of both factors that one round over the result works on, where the left one is transposed. */
const CHUNK_BYTES = 262144;

/** Matrix product, either side transposed, over any leading axes that are equal or 1. */
export function matMulKernel(heap: Heap): KernelConfig {
  return {
    kernelName: 'BatchMatMul',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { transposeA, transposeB } = attrs as unknown as {
        transposeA: boolean;
        transposeB: boolean;
      };
      return multiply(heap, inputs['a']!, inputs['b']!, transposeA, transposeB);
    },
  };
}

/** `a · b` as a new tensor. */
export function multiply(
  heap: Heap,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): TensorInfo {
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const depth = transposeA ? aRows : aColumns;
  if (depth !== (transposeB ? bColumns : bRows)) {
    throw new Error(
      `Internal error: [${a.shape.join(', ')}] times [${b.shape.join(', ')}]`,
    );
  }
  const rows = transposeA ? aColumns : aRows;
  const columns = transposeB ? bRows : bColumns;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(
    a.shape.slice(0, -2),
    b.shape.slice(0, -2),
  );
  const output = heap.output([...batch, rows, columns]);
  const product = transposeA ? transposedProduct : plainProduct;
  const left = matrixStarts(a.shape, batch);
  const right = matrixStarts(b.shape, batch);
  left.forEach((start, index) => {
    product(
      heap,
      heap.address(a) + start * 4,
      heap.address(b) + right[index]! * 4,
      heap.address(output) + index * rows * columns * 4,
      { rows, depth, columns, transposeB },
    );
  });
  return output;
}

/** For each matrix of the result, where its factor begins: leading axes of length 1 are repeated. */
function matrixStarts(
  shape: readonly number[],
  batch: readonly number[],
): number[] {
  const size = shape.slice(-2).reduce((product, length) => product * length, 1);
  const own = shape.slice(0, -2);
  const padded = [...batch.slice(own.length).map(() => 1), ...own];
  let starts = [0];
  batch.forEach((length, axis) => {
    const step = padded[axis] === 1 ? 0 : 1;
    const width = padded[axis]!;
    starts = starts.flatMap((start) =>
      Array.from({ length }, (_, index) => start * width + index * step),
    );
  });
  return starts.map((start) => start * size);
}

interface Product {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly transposeB: boolean;
}

type ProductKernel = (
  heap: Heap,
  a: number,
  b: number,
  output: number,
  product: Product,
) => void;

/** A product is a correlation of images of one pixel: rows are images, the depth is their channels. */
const plainProduct: ProductKernel = (
  heap,
  a,
  b,
  output,
  { rows, depth, columns, transposeB },
) => {
  const [packed] = heap.room(depth * roundUp(columns, 8));
  const pack = transposeB ? heap.kernels.packRows : heap.kernels.packColumns;
  pack(b, packed!, depth, columns);
  const row = columns * 4;
  heap.kernels.correlate(
    ...[a, packed!, output, rows, 1, 1, depth, 1, 1, columns],
    ...[0, 0, 1, 1, 1, 1, row, row, row],
  );
};

/** With the left side transposed it is a filter gradient: the depth are images, rows are channels. */
const transposedProduct: ProductKernel = (
  heap,
  a,
  b,
  output,
  { rows, depth, columns, transposeB },
) => {
  const paddedRows = roundUp(rows, 4);
  const paddedColumns = roundUp(columns, 8);
  const isWhole = paddedRows === rows && paddedColumns === columns;
  const chunk = transposeB
    ? depth
    : Math.min(
        depth,
        Math.max(64, CHUNK_BYTES / 4 / (paddedRows + paddedColumns)) | 0,
      );
  const [left, right, sums] = heap.room(
    chunk * paddedRows,
    chunk * paddedColumns,
    isWhole ? 0 : paddedRows * paddedColumns,
  );
  const target = isWhole ? output : sums!;
  for (let first = 0; first < depth; first += chunk) {
    const count = Math.min(chunk, depth - first);
    heap.kernels.packPanels(a + first * rows * 4, left!, count, 1, rows, 4);
    if (transposeB) heap.kernels.packRows(b, right!, depth, columns);
    else {
      const from = b + first * columns * 4;
      heap.kernels.packColumns(from, right!, count, columns);
    }
    heap.kernels.filterGradient(
      ...[left!, right!, target, count, 1, 1, rows, 1, 1, columns],
      ...[0, 0, 1, 1, 1, 1, first === 0 ? 0 : 1],
    );
  }
  if (!isWhole) {
    heap.kernels.cropColumns(target, output, rows, paddedColumns, columns);
  }
};
