import { installBackend } from '../../src/cli/backend-install.ts';
import type { BackendInstallOptions } from '../../src/cli/options.ts';
import { PLATFORM, TEST_PINS } from './fake-native.ts';

/**
 * A program that installs as `pipeline backend install` does, with the pins and the machine of the tests:
 * `install-program.js NAME OPTIONS DEVICE`, OPTIONS in JSON, DEVICE being what the check finds.
 */
const [, , name = '', options = '{}', device = 'cpu'] = process.argv;

process.exitCode = await installBackend(
  name,
  JSON.parse(options) as BackendInstallOptions,
  {
    platform: PLATFORM,
    pins: TEST_PINS,
    check: () =>
      Promise.resolve({
        ...{ device, gigaflops: 61.234, seconds: 1.25, facts: {} },
        usesGpu: device === 'gpu',
      }),
  },
);
