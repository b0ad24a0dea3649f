import { commandLineInvalid } from '../diagnostics/catalogue/shape.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import {
  locateNative,
  NATIVE_NAMES,
  type NativeInstallation,
} from '../native/locate.ts';
import { nativeFolder } from '../native/native-folder.ts';
import {
  BACKEND_NAMES,
  usesGpus,
  type BackendName,
  type BackendOptions,
} from '../tensor/backend.ts';
import { err, ok, type Result } from '../util/result.ts';
import { argumentSpan } from './argument-span.ts';
import type { RunOptions } from './options.ts';
import type { PassedCheck } from './remembered-check.ts';

/** A backend that is on this machine, and what its workers have to know. */
export interface ChosenBackend {
  readonly backend: BackendName;
  readonly backendOptions: BackendOptions;
  /** What was meant and can't be had, in words. */
  readonly notices: readonly string[];
}

/** What a self-check needs. */
interface Tools {
  /** The variables of this process. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** What `auto` tries before it takes the one that comes with the program: the fastest first. */
const AUTO_NATIVE = ['tensorflow-gpu', 'tensorflow'] as const;
const AUTO = [...AUTO_NATIVE, 'webgpu'] as const;

/** The backend that everything computes on unless another one is named: its results are the same on every machine. */
const DEFAULT_BACKEND = BACKEND_NAMES[0];

/**
 * What `auto` takes among backends that were checked: the first that passes, on a GPU if it is for GPUs.
 */
export const takenByAuto = (
  checked: readonly {
    readonly backend: BackendName;
    readonly passes: boolean | null;
    readonly device: string | null;
  }[],
): BackendName =>
  AUTO.find((name) =>
    checked.some(
      ({ backend, passes, device }) =>
        backend === name &&
        passes === true &&
        (name === 'tensorflow' || device === 'gpu'),
    ),
  ) ?? DEFAULT_BACKEND;

/**
 * The backend that `--backend` and `--fma` mean. `auto` takes the first that is installed and passes its self-check, on a GPU if it is
 * for GPUs.
 *
 * @throws an `AbortError` if the signal is aborted during a self-check.
 */
export async function chooseBackend(
  { backend: name, fma = false }: Pick<RunOptions, 'backend' | 'fma'>,
  { environment, signal }: Tools,
): Promise<Result<ChosenBackend, readonly Diagnostic[]>> {
  if (fma) return chooseFma(name);
  if (name === 'auto') return ok(await chooseFirst({ environment, signal }));
  const backend =
    BACKEND_NAMES.find((known) => known === name) ?? DEFAULT_BACKEND;
  const native = NATIVE_NAMES.find((known) => known === backend);
  if (native === undefined) {
    return ok({ backend, backendOptions: {}, notices: [] });
  }
  const installation = locateNative(native, nativeFolder(environment));
  if (installation === undefined) {
    return err([
      commandLineInvalid(
        `The backend "${native}" is not installed on this machine.`,
        argumentSpan(`--backend ${native}`),
        `pipeline backend install ${native} fetches and builds it.`,
      ),
    ]);
  }
  const check = usesGpus(native)
    ? await tryOut(installation, { environment, signal })
    : undefined;
  // What does not load says so in the first node that needs it.
  const notice = typeof check === 'object' ? check.withoutGpu : null;
  return ok({
    backend,
    backendOptions: nativeOptions(installation, environment),
    notices: notice === null ? [] : [notice],
  });
}

/** The default backend with fused multiply-add, where the machine has it. */
async function chooseFma(
  name: string,
): Promise<Result<ChosenBackend, readonly Diagnostic[]>> {
  const at = argumentSpan('--fma');
  if (name !== DEFAULT_BACKEND) {
    const why = `"--fma" is an option of the backend "${DEFAULT_BACKEND}", not of "${name}".`;
    const help = `Leave out either it or "--backend ${name}".`;
    return err([commandLineInvalid(why, at, help)]);
  }
  const { findFmaProblem } =
    await import('../tensor/wasm/kernels/load-fma-kernels.ts');
  const problem = findFmaProblem();
  if (problem !== undefined) {
    const help = 'Without "--fma" the run needs none.';
    return err([commandLineInvalid(problem, at, help)]);
  }
  const backendOptions = { fma: true };
  return ok({ backend: DEFAULT_BACKEND, backendOptions, notices: [] });
}

async function chooseFirst(tools: Tools): Promise<ChosenBackend> {
  const { environment } = tools;
  const refusals: string[] = [];
  const chosen = (
    backend: BackendName,
    backendOptions: BackendOptions,
  ): ChosenBackend => ({
    ...{ backend, backendOptions },
    notices: refusals.map((why) => `${why} This run uses "${backend}".`),
  });
  for (const name of AUTO_NATIVE) {
    const installation = locateNative(name, nativeFolder(environment));
    if (installation === undefined) continue;
    const check = await tryOut(installation, tools);
    const refusal =
      typeof check === 'string'
        ? `The backend "${name}" is installed but can't be used: ${firstLine(check)}. What to do says "pipeline doctor".`
        : check.withoutGpu;
    if (refusal === null) {
      return chosen(name, nativeOptions(installation, environment));
    }
    refusals.push(refusal);
  }
  if (await hasGpu(environment)) return chosen('webgpu', {});
  return chosen(DEFAULT_BACKEND, {});
}

/** Workers have one thread an op, unless the user has said otherwise. */
export function nativeOptions(
  installation: NativeInstallation,
  { TF_NUM_INTRAOP_THREADS: threadsPerOp = '1' }: NodeJS.ProcessEnv,
): BackendOptions {
  return {
    installation,
    ...(threadsPerOp === '1' ? {} : { threadsPerOp }),
  };
}

/** Whether WebGPU has a GPU here that passes its self-check. Where there is none, nobody has meant to have one. */
async function hasGpu(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const { tryBackend } = await import('./check-backend.ts');
  const { signal } = new AbortController();
  const options = { environment, signal, refusesSoftware: true };
  const check = await tryBackend('webgpu', options);
  return typeof check === 'object' && 'device' in check;
}

/** What a library prints may follow in more lines; `doctor` shows them. */
const firstLine = (text: string): string =>
  (text.split('\n')[0] ?? '').replace(/\.$/, '');

/** Loaded only where a native backend is installed and meant: a run that has nothing to do is mostly the loading of modules. */
async function tryOut(
  installation: NativeInstallation,
  tools: Tools,
): Promise<PassedCheck | string> {
  const [{ rememberedCheck }, { checkBackend }] = await Promise.all([
    import('./remembered-check.ts'),
    import('./check-backend.ts'),
  ]);
  return rememberedCheck(installation, { ...tools, check: checkBackend });
}
