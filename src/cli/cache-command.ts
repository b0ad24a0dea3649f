import { Command } from 'commander';
import { parseSpanMs, parseBytes } from '../util/quantities.ts';
import type {
  CacheOptions,
  FileOptions,
  PruneCommandOptions,
} from './options.ts';
import { quantity } from './quantity-argument.ts';

const subcommand = (name: string, json: string): Command =>
  new Command(name)
    .option(
      '--cache <dir>',
      'the cache folder (else PIPELINE_CACHE, else cache/ beside package.json)',
    )
    .option('--json', json);

/** `pipeline cache …`: what the cache holds, whether it is whole, and what can go. */
export function cacheCommand(
  finish: (code: number) => void,
  json: string,
  fileCommand: (name: string) => Command,
): Command {
  const command = new Command('cache').description(
    'look at the cache, check it, or remove what is not needed',
  );
  command.addCommand(
    subcommand('ls', json)
      .description('say what the cache holds, by pipeline and kind')
      .action(async (options: CacheOptions) => {
        const { listCacheFolder } = await import('./cache-ls.ts');
        finish(await listCacheFolder(options));
      }),
  );
  command.addCommand(
    subcommand('verify', json)
      .description('hash everything again, and say what is damaged')
      .addHelpText(
        'after',
        '\nChanges nothing. What is damaged is computed anew by the next run that needs it.\nExit codes: 0 all whole, 1 something is damaged, 2 the cache can not be read.',
      )
      .action(async (options: CacheOptions) => {
        const { verifyCacheFolder } = await import('./cache-verify.ts');
        finish(await verifyCacheFolder(options));
      }),
  );
  command.addCommand(
    subcommand('repair', json)
      .description('make a new database of what can be read of a damaged one')
      .addHelpText(
        'after',
        '\nA database that is whole is left as it is; the file of a damaged one is kept beside the\nnew one, which needs as much room. A run computes anew what it misses. Programs that work\non a damaged one are waited for.',
      )
      .action(async (options: CacheOptions) => {
        const { repairCacheFolder } = await import('./cache-repair.ts');
        finish(await repairCacheFolder(options));
      }),
  );
  command.addCommand(
    subcommand('prune', json)
      .description(
        "remove results that no pipeline's last run refers to, and no pin",
      )
      .option(
        '--older-than <age>',
        'of these only what is older than 30d, 12h, …',
        quantity(parseSpanMs, '30d, 12h, 90m or 2w'),
      )
      .option(
        '--max-size <size>',
        'go on until the cache is no larger than 2GiB, 500MB, …',
        quantity(parseBytes, '2GiB, 500MB or 1.5TiB'),
      )
      .option(
        '--runs-older-than <age>',
        'last runs from before 90d, … keep nothing any more',
        quantity(parseSpanMs, '90d, 12h, 90m or 2w'),
      )
      .option('--dry-run', 'only say what would go, which is the default')
      .option('--yes', 'do it')
      .addHelpText(
        'after',
        '\nA pipeline is a file with its profiles and settings: each has a last run of its own.\nWhere --max-size asks for more, results go that save the least time for their size,\nuntil the rest fits; a run computes them again. Other programs that have the cache\nopen are waited for. The room is given back to the file system.',
      )
      .action(async (options: PruneCommandOptions) => {
        const { pruneCacheFolder } = await import('./cache-prune.ts');
        finish(await pruneCacheFolder(options));
      }),
  );
  for (const isPinned of [true, false]) {
    command.addCommand(
      fileCommand(isPinned ? 'pin' : 'unpin')
        .description(
          isPinned
            ? 'keep results of a file whatever a prune removes'
            : 'let go of results that were pinned',
        )
        .argument('[node...]', 'these nodes; all of the file without any')
        .action(
          async (
            file: string,
            nodes: readonly string[],
            options: FileOptions,
          ) => {
            const { pinNodes } = await import('./cache-pin.ts');
            finish(await pinNodes(file, nodes, options, isPinned));
          },
        ),
    );
  }
  return command;
}
