/**
 * Float64 products in AssemblyScript, two lanes at a time. Every sum runs in the order of its index, with two roundings a
 * term, so that the results are those of plain loops, bit for bit. Arguments named after arrays are addresses; nothing is
 * allocated and the memory never grows.
 *
 * A matrix in *panels* is cut into stripes of eight columns: `[⌈columns / 8⌉, rows, 8]`. Both products read it in order.
 */
export { addProducts } from './add-products';
export { addGram, columnMeans, packCentred, scaleFloats } from './gram';
export { multiplyRows } from './multiply-rows';
export { addDifference, squaredNorm } from './rows';
