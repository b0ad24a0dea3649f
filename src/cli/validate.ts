import { diagnosticsToJson, printDiagnostics } from '../diagnostics/print.ts';
import { counted } from '../diagnostics/text.ts';
import { visible } from '../util/visible.ts';
import { Registry } from '../kind/registry.ts';
import { lintPlan } from '../lint/lint-plan.ts';
import { nodeKinds } from '../nodes/index.ts';
import { loadPlan, type LoadOptions } from '../pipeline/load-plan.ts';
import type { Plan } from '../pipeline/plan.ts';
import { EXIT } from './exit-codes.ts';
import type { FileOptions } from './options.ts';
import { usesColor } from './uses-color.ts';

/** What `pipeline validate` was asked to do. */
export interface ValidateOptions extends LoadOptions {
  readonly json: boolean;
  /** Whether standard error takes colours. */
  readonly color: boolean;
}

/** What a command prints and how it ends. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `pipeline validate FILE`: every diagnostic; runs nothing and writes nothing. */
export function validate(options: ValidateOptions): CommandResult {
  const loaded = loadPlan(options);
  const diagnostics = loaded.ok ? loaded.value.warnings : loaded.error;
  const exitCode = loaded.ok ? EXIT.done : EXIT.invalid;
  if (options.json) {
    const stdout = `${JSON.stringify(diagnosticsToJson(diagnostics))}\n`;
    return { exitCode, stdout, stderr: '' };
  }
  const stderr = printDiagnostics(diagnostics, { color: options.color });
  return {
    exitCode,
    stdout: loaded.ok
      ? `${visible(loaded.value.plan.name)}: ${sizeOf(loaded.value.plan)}, no errors.\n${lintLine(loaded.value.plan, options)}`
      : '',
    stderr,
  };
}

/** `20 nodes`, `452 nodes, 8 claims`. */
const sizeOf = ({ nodes, claims }: Plan): string =>
  counted(nodes.size, 'node') +
  (claims.length > 0 ? `, ${counted(claims.length, 'claim')}` : '');

/** How many findings `lint` has, in one line; nothing where there are none. */
function lintLine(plan: Plan, options: ValidateOptions): string {
  const { file, profiles, sets, registry } = options;
  const hasOverlays = profiles.length + sets.length > 0;
  const { length } = lintPlan(plan, { registry, hasOverlays });
  return length === 0
    ? ''
    : `${counted(length, 'lint finding')}: pipeline lint ${visible(file)}\n`;
}

/** Runs `pipeline validate FILE` with the program's own kinds, and answers with the exit code. */
export function validateFile(file: string, options: FileOptions): number {
  const { exitCode, stdout, stderr } = validate({
    file,
    profiles: options.profile ?? [],
    sets: options.set ?? [],
    registry: new Registry(nodeKinds),
    json: options.json === true,
    color: usesColor(process.stderr, process.env),
  });
  process.stderr.write(stderr);
  process.stdout.write(stdout);
  return exitCode;
}
