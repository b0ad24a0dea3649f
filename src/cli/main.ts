#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import {
  Command,
  CommanderError,
  InvalidArgumentError,
  Option,
} from 'commander';
import { BACKEND_NAMES } from '../tensor/backend.ts';
import { backendCommand } from './backend-command.ts';
import { cacheCommand } from './cache-command.ts';
import { EXIT } from './exit-codes.ts';
import { parseBytes } from '../util/quantities.ts';
import { quantity } from './quantity-argument.ts';
import { guardOutput } from './guard-output.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import {
  ARRAY_FORMATS,
  type CacheOptions,
  type ClaimsOptions,
  type FileOptions,
  type LintCommandOptions,
  type PlanOptions,
  type RunOptions,
  type ShowOptions,
} from './options.ts';

const collect = (
  value: string,
  earlier: readonly string[] = [],
): readonly string[] => [...earlier, value];

/** The version in the package's own `package.json`, three folders above the compiled file. */
function ownVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly version: string;
  };
  return version;
}

const positiveInteger = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return value;
};

const positiveNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('It must be a number above 0.');
  }
  return value;
};

const JSON_HELP =
  'print JSON for programs, and nothing else, on standard output';

const NODES_HELP =
  'nodes; axes may be left out: probe[loss=softmax] is all of its seeds';

/** The options that every command takes which reads pipeline files. */
const withFileOptions = (command: Command): Command =>
  command
    .option(
      '--profile <name>',
      'apply a profile of the file; later ones win (repeatable)',
      collect,
    )
    .option(
      '--set <family.params.name=value>',
      'change one setting; the value is YAML (repeatable)',
      collect,
    )
    .option(
      '--cache <dir>',
      'the cache folder (else PIPELINE_CACHE, else cache/ beside package.json)',
    )
    .option('--json', JSON_HELP);

/** A command that reads one pipeline file. */
const fileCommand = (name: string): Command =>
  withFileOptions(new Command(name).argument('<file>', 'pipeline file'));

const EXAMPLES = `
Examples:
  pipeline run pipelines/paper.yaml --profile quick
  pipeline run pipelines/paper.yaml --only 'probe[loss=softmax]' --jobs 1
  pipeline run pipelines/paper.yaml --set train.params.epochs=20
  pipeline plan pipelines/paper.yaml
  pipeline show pipelines/paper.yaml summary --out results
  pipeline explain pipelines/paper.yaml 'train[loss=softmax,seed=0]'
  pipeline diff old.yaml pipelines/paper.yaml
  pipeline kinds probe
  pipeline status

A run does what is not in the cache yet; an edit re-runs exactly what it can change.
Exit codes: 0 all done, 1 a node failed (with --strict-claims also: a claim), 2 the
file or the command line is wrong, 130 interrupted, 143 terminated.`;

/** Wires the commands. Each is loaded when it is called, so that --help costs next to nothing. */
function program(finish: (code: number) => void): Command {
  const root = new Command('pipeline')
    .description(
      'Runs declared experiments on what training objectives do to representations.',
    )
    .version(ownVersion())
    .addHelpText('after', EXAMPLES)
    .configureHelp({ showGlobalOptions: false })
    // A command's own --version is its own.
    .enablePositionalOptions();

  const only = new Option(
    '--only <node...>',
    'these nodes and what they need; axes may be left out: train[loss=softmax]',
  );
  const strictClaims = new Option(
    '--strict-claims',
    'exit code 1 if a claim fails (one that is undecided does not)',
  );
  root.addCommand(
    fileCommand('run')
      .description(
        'run what is not cached; print the tables and which claims hold',
      )
      .addOption(only)
      .addOption(
        new Option(
          '--backend <name>',
          'what executes tensors; "auto" is the fastest that is installed and passes its self-check',
        )
          .choices(['auto', ...BACKEND_NAMES])
          .default(BACKEND_NAMES[0]),
      )
      .option(
        '--fma',
        'fused multiply-add on wasm: faster, but results depend on the machine',
      )
      .option(
        '--jobs <n>',
        'processors at a time, which is nodes at a time (default: all)',
        positiveInteger,
      )
      .option(
        '--memory <size>',
        'memory that nodes may ask for together (default: all)',
        quantity(parseBytes, '12GiB or 500MB'),
      )
      .option(
        '--checkpoint-every <seconds>',
        'work between two checkpoints of a training (default: 30)',
        positiveNumber,
      )
      .option(
        '--max-cache-size <size>',
        'keep the cache under 20GiB, …: arrays that no node needs any more make room',
        quantity(parseBytes, '20GiB, 500MB or 1.5TiB'),
      )
      .option('--fail-fast', 'start nothing more after the first failure')
      .addOption(strictClaims)
      .option('--debug', 'show where in the code a failure came from')
      .addHelpText(
        'after',
        '\nProgress goes to standard error, tables to standard output. The first Ctrl-C stops\nthe run cleanly, the second at once; what is finished is kept either way, and a\ntraining that was stopped or killed goes on from its last checkpoint.',
      )
      .action(async (file: string, options: RunOptions) => {
        // Before all that takes time: an interrupt of what is still starting is one of the run.
        const stop = stopOnSignals();
        try {
          const { run } = await import('./run.ts');
          finish(await run(file, options, stop));
        } finally {
          stop.off();
        }
      }),
  );
  root.addCommand(
    fileCommand('plan')
      .description('say what a run would do, why, and how long it takes')
      .addOption(only)
      .option(
        '--expanded',
        'print the file instead, with all that is included, profiles and settings applied',
      )
      .action(async (file: string, options: PlanOptions) => {
        const { plan } = await import('./plan.ts');
        finish(await plan(file, options));
      }),
  );
  root.addCommand(
    fileCommand('validate')
      .description('say everything that is wrong with a file')
      .action(async (file: string, options: FileOptions) => {
        const { validateFile } = await import('./validate.ts');
        finish(validateFile(file, options));
      }),
  );
  root.addCommand(
    fileCommand('lint')
      .description('say what in a right file makes its comparisons unfair')
      .option('--strict', 'exit code 1 if there is a finding')
      .addHelpText(
        'after',
        '\nA family is excepted from a rule by "allow: { RULE: why }" beside its kind.',
      )
      .action(async (file: string, options: LintCommandOptions) => {
        const { lint } = await import('./lint.ts');
        finish(lint(file, options));
      }),
  );
  root.addCommand(
    fileCommand('show')
      .description('show results from the cache')
      .argument('<node...>', NODES_HELP)
      .option(
        '--out <dir>',
        'write values (.json), tables (.csv) and arrays into a folder',
      )
      .addOption(
        new Option('--format <format>', 'how --out writes arrays')
          .choices(ARRAY_FORMATS)
          .default('npy'),
      )
      .action(
        async (
          file: string,
          nodes: readonly string[],
          options: ShowOptions,
        ) => {
          const { show } = await import('./show.ts');
          finish(await show(file, nodes, options));
        },
      ),
  );
  root.addCommand(
    fileCommand('claims')
      .description(
        "say which of the file's claims hold, by results in the cache",
      )
      .addOption(strictClaims)
      .action(async (file: string, options: ClaimsOptions) => {
        const { claims } = await import('./claims.ts');
        finish(await claims(file, options));
      }),
  );
  root.addCommand(
    new Command('status')
      .description(
        'say which programs work on the cache, what they compute, and the last runs',
      )
      .option(
        '--cache <dir>',
        'the cache folder (else PIPELINE_CACHE, else cache/ beside package.json)',
      )
      .option('--json', JSON_HELP)
      .action(async (options: CacheOptions) => {
        const { status } = await import('./status.ts');
        finish(await status(options));
      }),
  );
  root.addCommand(cacheCommand(finish, JSON_HELP, fileCommand));
  root.addCommand(
    fileCommand('explain')
      .description('say why nodes ran or would run, part by part of their keys')
      .argument('<node...>', NODES_HELP)
      .action(
        async (
          file: string,
          nodes: readonly string[],
          options: FileOptions,
        ) => {
          const { explain } = await import('./explain.ts');
          finish(await explain(file, nodes, options));
        },
      ),
  );
  root.addCommand(
    fileCommand('log')
      .description('show what nodes printed when they ran')
      .argument('<node...>', NODES_HELP)
      .action(
        async (
          file: string,
          nodes: readonly string[],
          options: FileOptions,
        ) => {
          const { log } = await import('./log.ts');
          finish(await log(file, nodes, options));
        },
      ),
  );
  root.addCommand(
    withFileOptions(
      new Command('diff')
        .argument('<old>', 'pipeline file')
        .argument('<new>', 'pipeline file; its cache is the one looked at'),
    )
      .description('say which nodes change between two files, and why')
      .addHelpText(
        'after',
        '\nProfiles and settings are applied to both files.',
      )
      .action(async (before: string, now: string, options: FileOptions) => {
        const { diff } = await import('./diff.ts');
        finish(await diff(before, now, options));
      }),
  );
  root.addCommand(
    new Command('kinds')
      .description(
        'list the kinds of node, or describe one with its parameters',
      )
      .argument('[kind]', 'name of a kind')
      .option('--json', JSON_HELP)
      .action(
        async (
          name: string | undefined,
          options: { readonly json?: boolean },
        ) => {
          const { kinds } = await import('./kinds.ts');
          finish(kinds(name, options));
        },
      ),
  );
  root.addCommand(
    new Command('doctor')
      .description('look at the machine, and try every backend on it')
      .option('--json', JSON_HELP)
      .addHelpText(
        'after',
        '\nChanges nothing. Exit code 1 where a backend that is installed can not be used.',
      )
      .action(async (options: { readonly json?: boolean }) => {
        const { doctor } = await import('./doctor.ts');
        finish(await doctor(options));
      }),
  );
  root.addCommand(backendCommand(finish, JSON_HELP));
  return root;
}

/** Commander's complaint as a diagnostic, in the form that every other mistake has. */
async function reportUsage(error: CommanderError, words: readonly string[]) {
  const [{ commandLineInvalid }, { argumentSpan }, { reportInvalid }] =
    await Promise.all([
      import('../diagnostics/catalogue/shape.ts'),
      import('./argument-span.ts'),
      import('./report-invalid.ts'),
    ]);
  const [complaint = '', ...suggestions] = (
    error.code === 'commander.help'
      ? `One word more is needed.\npipeline ${words.join(' ')} --help lists the commands.`
      : error.message.replace(/^error: /, '')
  ).split('\n');
  const sentence = (
    complaint.charAt(0).toUpperCase() + complaint.slice(1)
  ).replaceAll(/'([^']*)'/g, '"$1"');
  const isFileTaken =
    error.code === 'commander.missingArgument' && words.includes('--only');
  return reportInvalid(
    [
      commandLineInvalid(
        sentence.endsWith('.') ? sentence : `${sentence}.`,
        argumentSpan(
          error.code === 'commander.excessArguments'
            ? (words.findLast((word) => !word.startsWith('-')) ??
                words.join(' '))
            : (words.find((word) => complaint.includes(`'${word}'`)) ??
                words.join(' ')),
        ),
        suggestions.join(' ').replaceAll(/[()]/g, '') ||
          (isFileTaken &&
            'All words after --only are nodes: write the file before it.') ||
          'pipeline --help lists the commands, pipeline run --help the options of one.',
      ),
    ],
    { json: words.includes('--json') },
  );
}

async function main(words: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  const root = program((ended) => {
    code = ended;
  });
  const quiet = { writeErr: () => undefined };
  const commands = root.commands.flatMap((one) => [one, ...one.commands]);
  for (const command of [root, ...commands]) {
    command.exitOverride().configureOutput(quiet);
  }
  if (words.length === 0) {
    process.stdout.write(root.helpInformation() + EXAMPLES + '\n');
    return EXIT.done;
  }
  try {
    await root.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : reportUsage(error, words);
  }
}

/** Says what ended the program before its time, and answers with the exit code. */
async function reportCrash(error: unknown): Promise<number> {
  const { CacheError } = await import('../cache/cache-error.ts');
  const { NumberTakenError } = await import('../cache/process-number.ts');
  if (error instanceof NumberTakenError) {
    const { canStartAgain, startAgain } = await import('./start-again.ts');
    if (canStartAgain(process.env)) return startAgain(process.env);
  }
  if (error instanceof CacheError) {
    if (process.argv.includes('--json')) {
      const { message, folder } = error;
      process.stdout.write(
        `${JSON.stringify({ error: { message, cache: folder } })}\n`,
      );
    }
    process.stderr.write(`${error.message}\n`);
    return EXIT.invalid;
  }
  const { errorCode, errorMessage } = await import('../util/error-message.ts');
  // A bug is told with its place in the code; what the system refuses is none.
  const text =
    error instanceof Error && errorCode(error) === undefined
      ? error.stack
      : undefined;
  process.stderr.write(`${text ?? errorMessage(error)}\n`);
  return EXIT.failed;
}

guardOutput();
if (process.channel !== undefined) {
  const { endWithStarter } = await import('./start-again.ts');
  endWithStarter(process.env);
}
const code = await main(process.argv.slice(2)).catch(reportCrash);
// Output that could not be written has left its own exit code.
if (code !== EXIT.done) process.exitCode = code;
