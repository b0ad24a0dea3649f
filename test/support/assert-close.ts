import assert from 'node:assert/strict';

/** The largest difference, relative to the largest expected number. */
export function relativeDistance(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): number {
  assert.equal(actual.length, expected.length, 'numbers to compare');
  let largest = 0;
  let distance = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    // NaN compares false with everything; it must not pass as close.
    if (Number.isNaN(difference)) return Infinity;
    distance = Math.max(distance, difference);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return distance === 0 ? 0 : distance / (largest === 0 ? 1 : largest);
}

/** All numbers agree within `tolerance` of the largest expected one. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = 'numbers',
): void {
  const distance = relativeDistance(actual, expected);
  assert.ok(
    distance <= tolerance,
    `${what} differ by ${distance} of the largest, more than ${tolerance}`,
  );
}

/** The numbers are told apart: what a wrong formula gives must not pass as right. */
export function assertFar(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  distance: number,
  what = 'numbers',
): void {
  const found = relativeDistance(actual, expected);
  assert.ok(
    found > distance,
    `${what} differ by ${found} of the largest only, not by more than ${distance}`,
  );
}
