import { workerData } from 'node:worker_threads';

/**
 * A thread that ends the process once its parent is gone: the main thread may be deep in a computation that takes hours
 * and never looks up. An orphan gets another parent, so a changed number is the sign.
 */
const { parent } = workerData as { readonly parent: number };
const INTERVAL_MS = 500;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, INTERVAL_MS);
