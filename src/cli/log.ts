import { openStore } from '../cache/open-store.ts';
import { visible } from '../util/visible.ts';
import { readResults } from '../engine/read-results.ts';
import type { NodeName } from '../pipeline/plan.ts';
import type { NodeRecord } from '../worker/record.ts';
import { EXIT } from './exit-codes.ts';
import { openNodes } from './open-file.ts';
import type { FileOptions } from './options.ts';
import { cacheFolder } from './project-folder.ts';
import { reportInvalid } from './report-invalid.ts';
import { sayWaiting } from './say-waiting.ts';

/** What the node logged, then what native code printed, line by line. */
const linesOf = ({ log, printed }: NodeRecord): readonly string[] => [
  ...log.flatMap((line) => line.split(/\r?\n/)),
  ...(printed === '' ? [] : printed.replace(/\r?\n$/, '').split(/\r?\n/)),
];

/** One node's lines stand alone; those of several stand below their names. */
function asText(name: NodeName, record: NodeRecord, isAlone: boolean): string {
  const lines = linesOf(record).map(visible);
  const shown = isAlone
    ? lines
    : [`${name}:`, ...lines.map((line) => `  ${line}`)];
  return shown.map((line) => `${line}\n`).join('');
}

/** `pipeline log FILE NODE…`: what nodes printed when they ran. Runs nothing and writes nothing. */
export async function log(
  file: string,
  patterns: readonly string[],
  options: FileOptions,
): Promise<number> {
  const opened = openNodes(file, patterns, options);
  if (!opened.ok) return reportInvalid(opened.error, options);
  const { plan, registry, nodes } = opened.value;
  const folder = cacheFolder(file, options.cache, process.env);
  await using store = await openStore({
    folder,
    readOnly: true,
    waits: sayWaiting,
  });
  const records: [NodeName, NodeRecord][] = [];
  let exitCode: number = EXIT.done;
  for (const [name, result] of await readResults({
    ...{ plan, nodes, registry, store },
  })) {
    if (result.type === 'computed') records.push([name, result.record]);
    else {
      exitCode = EXIT.failed;
      process.stderr.write(`${result.reason}\n`);
    }
  }
  if (options.json === true) {
    const said = records.map(([node, record]) => ({
      node,
      finishedAt: record.finishedAt,
      seconds: record.seconds,
      log: record.log,
      printed: record.printed,
    }));
    process.stdout.write(`${JSON.stringify({ nodes: said })}\n`);
    return exitCode;
  }
  for (const [name, record] of records) {
    if (linesOf(record).length === 0) {
      process.stderr.write(`"${name}" printed nothing.\n`);
    } else {
      process.stdout.write(asText(name, record, nodes.size === 1));
    }
  }
  return exitCode;
}
