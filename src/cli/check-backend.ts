import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { threadShares } from '../executor/local.ts';
import type { NativeInstallation, NativeName } from '../native/locate.ts';
import { backendEnvironment, type BackendName } from '../tensor/backend.ts';

/** What a backend answered that was opened and computed with. */
export interface BackendCheck {
  /** `gpu`, `cpu` for the processor, `software` for one that stands in for a GPU. */
  readonly device: string;
  /** Of a convolution on one thread, or on the device, in 10⁹ operations a second. */
  readonly gigaflops: number;
  /** Loading included. */
  readonly seconds: number;
  readonly facts: Readonly<Record<string, string>>;
  /** What whoever computes on it should know. */
  readonly notice?: string | undefined;
}

/** That a backend has nothing to compute on here, which is no fault of it. */
export interface NoDevice {
  /** A sentence that says what is missing. */
  readonly noDevice: string;
}

/** What the process is told. */
export interface CheckTask {
  readonly name: BackendName;
  readonly installation: NativeInstallation | null;
  /** Whether a software device is as good as none: then nothing is computed on it, which would take seconds. */
  readonly refusesSoftware: boolean;
}

/** What the process answers. */
export type CheckMessage =
  | ({ readonly type: 'passed' } & Omit<BackendCheck, 'seconds'>)
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'absent'; readonly message: string };

/** What a check needs. */
export interface CheckOptions {
  readonly installation?: NativeInstallation | undefined;
  readonly refusesSoftware?: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** How long a backend may take to load and to compute what takes a second. */
const PATIENCE_MS = 120_000;
/** Characters of what a library printed before its process ended. */
const LAST_WORDS = 1_000;

/**
 * Opens a backend in a process of its own and computes with it: what does not load may end the process that tries.
 *
 * @returns what it found, or a sentence that says why the backend can't be used.
 */
export async function tryBackend(
  name: BackendName,
  { installation, refusesSoftware, environment, signal }: CheckOptions,
): Promise<BackendCheck | NoDevice | string> {
  signal.throwIfAborted();
  const start = performance.now();
  const child = fork(
    fileURLToPath(new URL('./check-backend-process.js', import.meta.url)),
    {
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // As a worker's that has the machine for itself.
      env: { ...threadShares(1), ...backendEnvironment(name), ...environment },
    },
  );
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  const timer = setTimeout(kill, PATIENCE_MS);
  signal.addEventListener('abort', kill, { once: true });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-LAST_WORDS);
    });
  }
  let answer: CheckMessage | undefined;
  child.on('message', (message: CheckMessage) => {
    answer = message;
  });
  const task: CheckTask = {
    ...{ name, installation: installation ?? null },
    refusesSoftware: refusesSoftware ?? false,
  };
  child.send(task, () => undefined);
  const end = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, how) => {
      resolve(how ?? `exit code ${code ?? 'unknown'}`);
    });
  });
  clearTimeout(timer);
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (answer?.type === 'failed') return answer.message;
  if (answer?.type === 'absent') return { noDevice: answer.message };
  const seconds = (performance.now() - start) / 1000;
  if (answer !== undefined) {
    const { device, gigaflops, facts, notice } = answer;
    return { device, gigaflops, facts, notice, seconds };
  }
  return `The process that opened the backend was ended by ${end}.${hint(end)}${printed === '' ? '' : `\n${printed.trim()}`}`;
}

/** The same for a native backend, which always has the processor to compute on. */
export async function checkBackend(
  name: NativeName,
  options: CheckOptions,
): Promise<BackendCheck | string> {
  const found = await tryBackend(name, options);
  return typeof found === 'object' && 'noDevice' in found
    ? found.noDevice
    : found;
}

const hint = (end: string): string =>
  end === 'SIGILL'
    ? ' This processor lacks instructions that the library needs.'
    : '';
