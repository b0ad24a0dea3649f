import { Command } from 'commander';
import type { BackendInstallOptions } from './options.ts';

/** `pipeline backend …`: native backends on this machine. */
export function backendCommand(
  finish: (code: number) => void,
  json: string,
): Command {
  const command = new Command('backend').description(
    'install, list or remove what computes at the speed of TensorFlow itself',
  );
  command.addCommand(
    new Command('install')
      .description('fetch and build a native backend for this machine')
      .argument('<name>', 'tensorflow or tensorflow-gpu')
      .option('--gpu', 'for NVIDIA GPUs: tensorflow-gpu')
      .option(
        '--version <version>',
        'of libtensorflow (default: the newest that runs here)',
      )
      .option('--from <file>', 'a wheel that has been fetched already')
      .option('--json', json)
      .addHelpText(
        'after',
        `
Fetches libtensorflow from the package index that pip uses (without Python: from the one
that PIP_INDEX_URL names), the kernels through npm, checks both against digests pinned
here, builds the binding with the compiler that CXX names, the system's, or one that is
fetched for that, and computes with the result before it counts as installed. Python is
needed for none of it. Lies in the user's data folder, or in PIPELINE_BACKENDS.`,
      )
      .action(async (name: string, options: BackendInstallOptions) => {
        const { installBackend } = await import('./backend-install.ts');
        finish(await installBackend(name, options));
      }),
  );
  command.addCommand(
    new Command('list')
      .description('say which backends there are on this machine')
      .option('--json', json)
      .action(async (options: { readonly json?: boolean }) => {
        const { listBackends } = await import('./backend-list.ts');
        finish(listBackends(options));
      }),
  );
  command.addCommand(
    new Command('remove')
      .description('remove a native backend that was installed here')
      .argument('<name>', 'tensorflow or tensorflow-gpu')
      .option('--json', json)
      .action(async (name: string, options: { readonly json?: boolean }) => {
        const { removeBackend } = await import('./backend-remove.ts');
        finish(await removeBackend(name, options));
      }),
  );
  return command;
}
