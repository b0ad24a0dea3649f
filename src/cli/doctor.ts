import { whyNoGpu } from '../native/cuda-libraries.ts';
import { nativeFolder } from '../native/native-folder.ts';
import { thisPlatform } from '../native/platform.ts';
import { visible } from '../util/visible.ts';
import { formatDuration } from '../terminal/format.ts';
import { deviceText, SOURCE_TEXT } from './backend-words.ts';
import { tryBackend } from './check-backend.ts';
import { takenByAuto } from './choose-backend.ts';
import { describeMachine, machineText } from './describe-machine.ts';
import { EXIT } from './exit-codes.ts';
import { findBackends, type FoundBackend } from './find-backends.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { textTable } from './text-table.ts';

/** What is known of one backend after its check. */
interface Diagnosis {
  readonly backend: FoundBackend['name'];
  readonly source: FoundBackend['source'];
  readonly version: string | null;
  /** Whether it loads and passes; null where there is nothing to load. */
  readonly passes: boolean | null;
  readonly device: string | null;
  readonly gigaflops: number | null;
  readonly seconds: number | null;
  readonly facts: Readonly<Record<string, string>>;
  /** What is wrong and what to do, or null. */
  readonly message: string | null;
}

async function diagnose(
  { name, source, installation, wayOut }: FoundBackend,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const start = {
    ...{
      backend: name,
      source,
      version: installation?.tensorflowVersion ?? null,
    },
    ...{ passes: null, device: null, gigaflops: null, seconds: null },
    facts: {},
  };
  if (source === null) {
    return { ...start, message: `Not installed. To have it: ${wayOut}` };
  }
  const tools = { environment: process.env, signal };
  const check = await tryBackend(name, { installation, ...tools });
  if (typeof check === 'string') {
    return {
      ...{ ...start, passes: false },
      message: check.includes(wayOut)
        ? check
        : `${check} To repair it: ${wayOut}`,
    };
  }
  if ('noDevice' in check) return { ...start, message: check.noDevice };
  const { device, seconds, facts, notice } = check;
  const isWithoutGpu =
    name === 'tensorflow-gpu' && device !== 'gpu' && installation;
  return {
    ...{ ...start, passes: true, device, seconds, facts },
    gigaflops: Number(check.gigaflops.toPrecision(3)),
    message: isWithoutGpu
      ? await whyNoGpu(installation, thisPlatform(), tools)
      : (notice ?? null),
  };
}

function diagnosisText(diagnoses: readonly Diagnosis[]): string {
  const rows = diagnoses.map((one) => [
    one.backend,
    one.source === null ? 'not installed' : SOURCE_TEXT[one.source],
    one.passes === null
      ? ''
      : one.passes
        ? `passes in ${formatDuration(one.seconds ?? 0)}`
        : 'fails',
    one.device === null ? '' : deviceText(one.device),
    one.gigaflops === null ? '' : String(one.gigaflops),
    Object.entries(one.facts)
      .filter(([name]) => name !== 'device')
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  ]);
  const heading = ['backend', 'comes', 'self-check', 'computes on', 'GFLOP/s'];
  const messages = diagnoses.flatMap(({ backend, message }) =>
    message === null ? [] : [`${backend}: ${visible(message)}\n`],
  );
  return [
    textTable([...heading, ''], rows, 6),
    `\n"--backend auto" takes "${takenByAuto(diagnoses)}".\n`,
    ...messages,
  ].join('');
}

/**
 * `pipeline doctor`: the machine, and for each backend whether it is there, loads and computes right. Changes nothing.
 * Answers with exit code 1 where a backend that is installed can't be used.
 */
export async function doctor(options: {
  readonly json?: boolean;
}): Promise<number> {
  const stop = stopOnSignals();
  const machine = describeMachine(process.env);
  const diagnoses: Diagnosis[] = [];
  try {
    for (const found of findBackends(process.env)) {
      diagnoses.push(await diagnose(found, stop.signal));
    }
  } catch (error) {
    const code = stop.exitCode();
    if (code === null) throw error;
    return code;
  } finally {
    stop.off();
  }
  const folder = nativeFolder(process.env);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ machine, folder, backends: diagnoses, auto: takenByAuto(diagnoses) })}\n`
      : `${machineText(machine)}\n${diagnosisText(diagnoses)}`,
  );
  return diagnoses.some(({ passes }) => passes === false)
    ? EXIT.failed
    : EXIT.done;
}
