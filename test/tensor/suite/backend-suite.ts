import type { LayerOps } from '../../../src/tensor/layer-ops.ts';
import { batchNormSuite } from './batch-norm.ts';
import {
  convolutionSuite,
  depthwiseSuite,
  volumeSuite,
} from './convolution.ts';
import { findingsSuite } from './findings.ts';
import { objectiveSuite } from './objectives.ts';
import type { Pace } from './pace.ts';
import { poolSuite } from './pool.ts';
import { productSuite } from './products.ts';
import { trainingSuite } from './training.ts';

/**
 * What every backend has to pass, once it is opened: ops, layers and objectives forwards and backwards against float64 loops
 * or central differences, every stock kernel that is known to be wrong on some backend, whole steps, and findings. What is
 * measured of features (`tensor/double/`) is computed beside the backend, and is proved once, in `test/ops/`.
 */
export function backendSuite(layers: LayerOps, pace: Pace = 'full'): void {
  convolutionSuite(layers, pace);
  volumeSuite();
  depthwiseSuite();
  batchNormSuite(layers);
  poolSuite(layers);
  productSuite(layers);
  objectiveSuite();
  trainingSuite(layers, pace);
  findingsSuite(layers, pace);
}
