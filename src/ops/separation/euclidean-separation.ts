import type { NdArrayOf } from '../../tensor/nd-array.ts';
import { rSquared, type Separation } from './class-separation.ts';
import { numberClasses } from './classes.ts';

/**
 * Class separation by the plain Euclidean distance, which has no linear form: every pair of examples is looked at.
 *
 *     within, total, r2 as in `classSeparation`, with d(x, y) = ‖x − y‖
 *
 * Where all vectors are equal `total` is 0 and `r2` is null.
 *
 * @param features float32 `[examples, features]`, finite; at least one example.
 * @param labels int32 `[examples]`; only equality is used, classes without examples don't count.
 * @yields the number of examples done, after each, so that the caller may pause between them.
 * @returns scalars, summed in float64.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, appendix (the index with Euclidean distance).
 */
export function* euclideanSeparation(
  features: NdArrayOf<'float32'>,
  labels: Int32Array,
): Generator<number, Separation, undefined> {
  const { data } = features;
  const [examples = 0, width = 0] = features.shape;
  const { indices, sizes } = numberClasses(labels);
  const classes = sizes.length;
  const sums = new Float64Array(classes * classes); // [classes, classes], each unordered pair once
  let zeroVectors = 0;
  for (let left = 0; left < examples; left++) {
    const leftAt = left * width;
    const leftClass = indices[left]! * classes;
    for (let right = 0; right < left; right++) {
      const rightAt = right * width;
      let square = 0;
      for (let j = 0; j < width; j++) {
        const difference = data[leftAt + j]! - data[rightAt + j]!;
        square += difference * difference;
      }
      sums[leftClass + indices[right]!]! += Math.sqrt(square);
    }
    if (isZero(data, leftAt, width)) zeroVectors += 1;
    yield left + 1;
  }
  let within = 0;
  let total = 0;
  for (let j = 0; j < classes; j++) {
    for (let k = 0; k < classes; k++) {
      // Both orders of a pair count; self pairs are 0.
      const mean = (2 * sums[j * classes + k]!) / sizes[j]! / sizes[k]!;
      total += mean / classes / classes;
      if (j === k) within += mean / classes;
    }
  }
  return { ...rSquared(within, total, 0), classes, examples, zeroVectors };
}

function isZero(data: Float32Array, at: number, width: number): boolean {
  for (let j = 0; j < width; j++) if (data[at + j] !== 0) return false;
  return true;
}
