/** Padding as TensorFlow.js takes it for each axis of NHWC images: zeros before and after. */
export type ExplicitPadding = [
  [number, number],
  [number, number],
  [number, number],
  [number, number],
];

/**
 * The same padding on all four sides. As a number, TensorFlow.js 4.22 would compute the size of the output as if the filter
 * were square and both strides equal.
 */
export const explicitPadding = (padding: number): ExplicitPadding => [
  [0, 0],
  [padding, padding],
  [padding, padding],
  [0, 0],
];
