import { EXIT } from './exit-codes.ts';

/** What becomes of the signals, and how to stop listening for them. */
export interface Stop {
  /** Aborted on the first interrupt or termination. */
  readonly signal: AbortSignal;
  /** The exit code that a stop asks for, once there was one. */
  readonly exitCode: () => number | null;
  readonly off: () => void;
}

/** Aborts a signal on the first interrupt or termination, and ends the process on the second. */
export function stopOnSignals(): Stop {
  const controller = new AbortController();
  let code: number | null = null;
  const stop = (signalCode: number) => (): void => {
    if (code !== null) process.exit(signalCode);
    code = signalCode;
    controller.abort();
  };
  const interrupt = stop(EXIT.interrupted);
  const terminate = stop(EXIT.terminated);
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', terminate);
  return {
    signal: controller.signal,
    exitCode: () => code,
    off: () => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', terminate);
    },
  };
}
