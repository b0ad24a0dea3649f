import { openBackend } from '../../../src/tensor/backend.ts';
import { withNative } from '../../support/native.ts';
import { backendSuite } from '../suite/backend-suite.ts';

await withNative('the backend "tensorflow"', async (installation) => {
  const { layers } = await openBackend('tensorflow', { installation });
  backendSuite(layers);
});
