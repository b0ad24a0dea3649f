/**
 * SIMD kernels for training on the WebAssembly backend, in AssemblyScript. They work in the memory of TensorFlow.js: all
 * arguments named after arrays are addresses there. They allocate nothing, keep no static data and never grow the memory.
 */
export { averagePlaces, spreadPlaces } from './global-pool';
export { averagePoolGradient, maxPoolGradient } from './pool';
export { correlate } from './correlate';
export { cropColumns, packColumns, packPanels, packReversed, packRows } from './pack';
export { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise';
export { filterGradient } from './filter-gradient';
export { moments } from './moments';
export { nesterov } from './update';
export { productRemainder } from './product-remainder';
export { normalize, normalizeGradient, normalizeSums } from './batch-norm';
export {
  pairFilter,
  pairFilterGradient,
  pairGradient,
  pairInput,
  pairOutput,
} from './winograd/pairs';
export { winogradFilter, winogradFilterGradient } from './winograd/filter';
export { winogradGradient, winogradOutput } from './winograd/output';
export { winogradInput } from './winograd/input';
export { winogradProducts, winogradSums } from './winograd/products';
