import type { TableValue } from '../artifact/table.ts';
import { openStore } from '../cache/open-store.ts';
import { visible } from '../util/visible.ts';
import { checkClaims, tablesOf } from '../engine/check-claims.ts';
import { readResults } from '../engine/read-results.ts';
import type { NodeName } from '../pipeline/plan.ts';
import { scorecardToText } from '../terminal/scorecard.ts';
import { breaksClaims } from './breaks-claims.ts';
import { EXIT } from './exit-codes.ts';
import { openFile } from './open-file.ts';
import type { ClaimsOptions } from './options.ts';
import { cacheFolder } from './project-folder.ts';
import { reportInvalid } from './report-invalid.ts';

/** `pipeline claims FILE`: what the results in the cache say of the file's claims. Runs and writes nothing. */
export async function claims(
  file: string,
  options: ClaimsOptions,
): Promise<number> {
  const opened = openFile(file, options);
  if (!opened.ok) return reportInvalid(opened.error, options);
  const { plan, registry } = opened.value;
  const folder = cacheFolder(file, options.cache, process.env);
  await using store = await openStore({ folder, readOnly: true });
  const nodes = new Set(plan.claims.flatMap(tablesOf));
  const results = await readResults({ plan, nodes, registry, store });
  const tables = new Map<NodeName, TableValue>();
  const missing = new Map<NodeName, string>();
  for (const [node, result] of results) {
    if (result.type === 'computed') {
      // A claim of a plan is about tables alone.
      tables.set(node, result.artifact.value as TableValue);
    } else missing.set(node, result.reason);
  }
  const checked = await checkClaims(
    plan.claims,
    tables,
    (node) => missing.get(node) ?? '',
  );
  const width = process.stdout.columns || 80;
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ claims: checked })}\n`
      : checked.length === 0
        ? `${visible(plan.name)} makes no claims.\n`
        : `${scorecardToText(checked, width)}\n`,
  );
  return breaksClaims(checked, options) ? EXIT.failed : EXIT.done;
}
