import { openBackend } from '../../../src/tensor/backend.ts';
import { withNative } from '../../support/native.ts';
import { backendSuite } from '../suite/backend-suite.ts';

// On a machine without a GPU this is the same library on the processor.
await withNative(
  'the backend "tensorflow-gpu"',
  async (installation) => {
    const { layers } = await openBackend('tensorflow-gpu', { installation });
    backendSuite(layers);
  },
  'tensorflow-gpu',
);
