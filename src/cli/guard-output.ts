import { errorMessage } from '../util/error-message.ts';
import { EXIT } from './exit-codes.ts';

/**
 * Keeps a command going when what it writes can't be delivered: a run is worth its results whether or not somebody
 * still reads along. A reader that goes away (`| head`) changes nothing, the exit code included; output that is lost
 * for another reason, such as a full disk, is said once and fails the command.
 */
export function guardOutput(): void {
  let said = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || said) return;
    said = true;
    process.exitCode = EXIT.failed;
    process.stderr.write(
      `Standard output can't be written: ${errorMessage(error)}\n`,
    );
  });
  // Nobody is left who could be told.
  process.stderr.on('error', () => undefined);
}
