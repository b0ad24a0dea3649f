import { openBackend } from '../../../src/tensor/backend.ts';
import { withSoftwareGpu } from '../../support/software-gpu.ts';
import { backendSuite } from '../suite/backend-suite.ts';

await withSoftwareGpu('the backend "webgpu"', async () => {
  const { layers } = await openBackend('webgpu');
  backendSuite(layers, 'brief');
});
