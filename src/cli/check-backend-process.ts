import { openBackend } from '../tensor/backend.ts';
import { selfCheck } from '../tensor/self-check.ts';
import { errorMessage } from '../util/error-message.ts';
import type { CheckMessage, CheckTask } from './check-backend.ts';

/** A process that opens one backend, computes with it and says what it found. */
async function check({ name, installation }: CheckTask): Promise<CheckMessage> {
  try {
    const backend = await openBackend(name, {
      installation: installation ?? undefined,
    });
    const { gigaflops } = await selfCheck(backend);
    const { facts } = backend;
    return {
      type: 'passed',
      device: facts['device'] ?? 'cpu',
      gigaflops,
      facts,
    };
  } catch (error) {
    return { type: 'failed', message: errorMessage(error) };
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
