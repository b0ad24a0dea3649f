import { diagnosticsToJson, printDiagnostics } from '../diagnostics/print.ts';
import { counted } from '../diagnostics/text.ts';
import { visible } from '../util/visible.ts';
import { lintPlan } from '../lint/lint-plan.ts';
import { EXIT } from './exit-codes.ts';
import { openFile } from './open-file.ts';
import type { LintCommandOptions } from './options.ts';
import { reportInvalid } from './report-invalid.ts';
import { usesColor } from './uses-color.ts';

/** `pipeline lint FILE`: what is right by the language and doubtful by the protocol. Runs and writes nothing. */
export function lint(file: string, options: LintCommandOptions): number {
  const opened = openFile(file, options);
  if (!opened.ok) return reportInvalid(opened.error, options);
  const { plan, registry } = opened.value;
  const { profile = [], set = [] } = options;
  const findings = lintPlan(plan, {
    registry,
    hasOverlays: profile.length + set.length > 0,
  });
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(diagnosticsToJson(findings))}\n`);
  } else {
    const color = usesColor(process.stderr, process.env);
    process.stderr.write(printDiagnostics(findings, { color }));
    const result =
      findings.length === 0
        ? 'nothing to find fault with'
        : counted(findings.length, 'finding');
    process.stdout.write(
      `${visible(plan.name)}: ${counted(plan.nodes.size, 'node')}, ${result}.\n`,
    );
  }
  return options.strict === true && findings.length > 0
    ? EXIT.failed
    : EXIT.done;
}
