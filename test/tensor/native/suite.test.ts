import { openBackend } from '../../../src/tensor/backend.ts';
import { withNative } from '../../support/native.ts';
import { batchNormSuite } from '../suite/batch-norm.ts';
import {
  convolutionSuite,
  depthwiseSuite,
  volumeSuite,
} from '../suite/convolution.ts';
import { poolSuite } from '../suite/pool.ts';
import { productSuite } from '../suite/products.ts';
import { trainingSuite } from '../suite/training.ts';

await withNative('ops of the native backend', async (installation) => {
  const { layers } = await openBackend('tensorflow', { installation });
  convolutionSuite(layers);
  volumeSuite();
  depthwiseSuite();
  batchNormSuite(layers);
  poolSuite(layers);
  productSuite(layers);
  trainingSuite(layers);
});
