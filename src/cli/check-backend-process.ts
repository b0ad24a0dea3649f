import { openBackend } from '../tensor/backend.ts';
import { selfCheck } from '../tensor/self-check.ts';
import { NoDeviceError } from '../tensor/no-device-error.ts';
import { errorMessage } from '../util/error-message.ts';
import type { CheckMessage, CheckTask } from './check-backend.ts';

/** A process that opens one backend, computes with it and says what it found. */
async function check({
  name,
  installation,
  refusesSoftware,
}: CheckTask): Promise<CheckMessage> {
  try {
    const backend = await openBackend(name, {
      installation: installation ?? undefined,
    });
    const { facts, notice } = backend;
    if (refusesSoftware && facts['device'] === 'software') {
      return { type: 'absent', message: 'There is a software device alone.' };
    }
    const { gigaflops } = await selfCheck(backend);
    return {
      type: 'passed',
      device: facts['device'] ?? 'cpu',
      gigaflops,
      facts,
      notice,
    };
  } catch (error) {
    const type = error instanceof NoDeviceError ? 'absent' : 'failed';
    return { type, message: errorMessage(error) };
  }
}

// Nobody waits for the answer any more.
process.on('disconnect', () => process.exit());
process.once('message', (task) => {
  void check(task as CheckTask).then((message) => {
    process.send?.(message, () => {
      // A library's own threads must not keep the process alive.
      process.exit();
    });
  });
});
