import type { KernelConfig } from '@tensorflow/tfjs';
import { wasmBackend } from '../wasm-backend.ts';

/** `UnsortedSegmentSum`, the gradient of `gather`: rows of `x` added up by segment; ids outside are left out. */
export const segmentSum: KernelConfig = {
  kernelName: 'UnsortedSegmentSum',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, segmentIds } = inputs;
    const { numSegments } = attrs as unknown as { numSegments: number };
    const wasm = wasmBackend(backend);
    const rank = segmentIds!.shape.length;
    const output = wasm.makeOutput(
      [numSegments, ...x!.shape.slice(rank)],
      x!.dtype,
    );
    const [sums, rows, ids] = [output, x!, segmentIds!].map((info) =>
      wasm.typedArrayFromHeap(info),
    );
    sums!.fill(0);
    const width = numSegments === 0 ? 0 : sums!.length / numSegments;
    ids!.forEach((id, row) => {
      if (id < 0 || id >= numSegments) return;
      for (let i = 0; i < width; i++) {
        sums![id * width + i]! += rows![row * width + i]!;
      }
    });
    return output;
  },
};
