import { serveNodes } from '../../src/worker/serve-nodes.ts';
import { testKinds } from './test-kinds.ts';

/** The module that workers run in tests: `worker/main.ts` with kinds that tests control. */
serveNodes(testKinds);
