import { thisPlatform } from '../native/platform.ts';
import { whyNoGpu } from '../native/cuda-libraries.ts';
import { InstallError } from '../native/install-error.ts';
import {
  installNative,
  type Installed,
  type InstallOptions,
} from '../native/install-native.ts';
import type { NativeName } from '../native/locate.ts';
import { nativeFolder } from '../native/native-folder.ts';
import { formatDuration } from '../terminal/format.ts';
import { deviceText } from './backend-words.ts';
import { checkBackend, type BackendCheck } from './check-backend.ts';
import { EXIT } from './exit-codes.ts';
import { installProgress } from './install-progress.ts';
import { nativeName, reportInstallError } from './native-name.ts';
import type { BackendInstallOptions } from './options.ts';
import { reportInvalid } from './report-invalid.ts';
import { stopOnSignals } from './stop-on-signals.ts';

/** A check, in the form that the installer asks for. */
type InstallCheck = BackendCheck & { readonly usesGpu: boolean };

/** What an installation finds around it; the tests have their own. */
export type Surroundings = Partial<
  Pick<InstallOptions<InstallCheck>, 'platform' | 'pins' | 'check'>
>;

/** `pipeline backend install NAME`: answers with the exit code. */
export async function installBackend(
  word: string,
  options: BackendInstallOptions,
  surroundings: Surroundings = {},
): Promise<number> {
  const name = nativeName(
    options.gpu === true && word === 'tensorflow' ? 'tensorflow-gpu' : word,
  );
  if (typeof name !== 'string') return reportInvalid([name], options);
  const stop = stopOnSignals();
  const { signal } = stop;
  const tools = { environment: process.env, signal };
  try {
    const installed = await installNative({
      ...{ backend: name, version: options.version, from: options.from },
      ...{ dataFolder: nativeFolder(process.env), ...tools },
      listener: installProgress(process.stderr, Date.now),
      check: async (installation) => {
        const check = await checkBackend(name, { installation, ...tools });
        if (typeof check === 'string') throw failedCheck(name, check);
        return { ...check, usesGpu: check.device === 'gpu' };
      },
      ...surroundings,
    });
    const warning =
      name === 'tensorflow-gpu' && !installed.check.usesGpu
        ? await whyNoGpu(
            installed.installation,
            surroundings.platform ?? thisPlatform(),
            tools,
          )
        : null;
    report(installed, warning, options.json === true);
    return EXIT.done;
  } catch (error) {
    const code = stop.exitCode();
    if (code === null) return reportInstallError(error, name, options);
    process.stderr.write(
      `\nInterrupted: nothing was installed, and what had been fetched is removed.\n`,
    );
    return code;
  } finally {
    stop.off();
  }
}

const failedCheck = (name: NativeName, why: string): InstallError =>
  new InstallError(
    `"${name}" was built, but does not compute on this machine, so it was not installed. ${why}`,
  );

function report(
  { installation, check, compiler }: Installed<InstallCheck>,
  warning: string | null,
  json: boolean,
): void {
  const { name, folder, tensorflowVersion } = installation;
  const { device, gigaflops, seconds } = check;
  if (json) {
    const found = { device, gigaflops: round(gigaflops), seconds };
    process.stdout.write(
      `${JSON.stringify({ backend: name, done: true, version: tensorflowVersion, folder, compiler, ...found, message: warning })}\n`,
    );
    return;
  }
  if (warning !== null) process.stderr.write(`${warning}\n`);
  process.stdout.write(
    [
      `"${name}" on libtensorflow ${tensorflowVersion} is installed. It loads and passes its self-check in ${formatDuration(seconds)}:`,
      `${deviceText(device)}, ${round(gigaflops)} GFLOP/s in a convolution${device === 'cpu' ? ', on one thread' : ''}.`,
      `Use it: pipeline run FILE --backend ${name}\n`,
    ].join('\n'),
  );
}

const round = (value: number): number => Number(value.toPrecision(3));
