import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import {
  diagnosticsToJson,
  printDiagnostics,
} from '../../src/diagnostics/print.ts';
import { loadPlan } from '../../src/pipeline/load-plan.ts';
import type { NodeName, Plan, PlannedInput } from '../../src/pipeline/plan.ts';
import type { Json, JsonObject } from '../../src/util/json.ts';
import { fakeRegistry } from './fake-kinds.ts';

/** A diagnostic as `expected.json` has it. */
export interface ExpectedDiagnostic {
  readonly code: string;
  readonly line: number;
  readonly column: number;
  /** Where it is not an error. */
  readonly severity?: 'warning';
  /** Where it is not `pipeline.yaml`. */
  readonly file?: string;
  /** One past the last column, where it is worth holding. */
  readonly endColumn?: number;
  /** Where the way out is the point. */
  readonly help?: string;
}

/** What a sample shows: `expected.json`. */
export interface Expected {
  readonly description: string;
  readonly profiles?: readonly string[];
  readonly sets?: readonly string[];
  readonly diagnostics: readonly ExpectedDiagnostic[];
  /** Names of the plan's nodes, in order. */
  readonly nodes?: readonly string[];
  /** Claims of the plan, in order, with the tables that they are about. */
  readonly claims?: Readonly<Record<string, readonly string[]>>;
  /** Parameters of nodes, as far as they are the point. */
  readonly params?: Readonly<Record<string, JsonObject>>;
  /** Of nodes whose parameters are picked: who picks, and by what may be picked the parameters that are the point. */
  readonly picked?: Readonly<
    Record<
      string,
      {
        readonly from: string;
        readonly params: Readonly<Record<string, JsonObject>>;
      }
    >
  >;
  /** Inputs of nodes: a name, or the names that are collected. */
  readonly inputs?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** What the language makes of a sample. */
export interface Outcome {
  readonly diagnostics: readonly Diagnostic[];
  /** Null where something is wrong. */
  readonly plan: Plan | null;
}

const read = (folder: string, name: string): string =>
  readFileSync(join(folder, name), 'utf8');

/** The expectations of a sample. */
export const expectedOf = (folder: string): Expected =>
  JSON.parse(read(folder, 'expected.json')) as Expected;

/** The printed form that a sample expects, or null where it is not the point. */
export const expectedTextOf = (folder: string): string | null =>
  existsSync(join(folder, 'expected.txt'))
    ? read(folder, 'expected.txt')
    : null;

/** Reads a sample as somebody in its folder would. */
export function runSample(folder: string, expected: Expected): Outcome {
  const before = process.cwd();
  process.chdir(folder);
  try {
    const loaded = loadPlan({
      file: 'pipeline.yaml',
      profiles: expected.profiles ?? [],
      sets: expected.sets ?? [],
      registry: fakeRegistry(),
    });
    return loaded.ok
      ? { diagnostics: loaded.value.warnings, plan: loaded.value.plan }
      : { diagnostics: loaded.error, plan: null };
  } finally {
    process.chdir(before);
  }
}

/** The diagnostics in the form of `expected.json`, with as much in each as the expectation there has. */
export function asExpected(
  diagnostics: readonly Diagnostic[],
  like: readonly ExpectedDiagnostic[],
): readonly Json[] {
  const found = diagnosticsToJson(diagnostics)[
    'diagnostics'
  ] as readonly JsonObject[];
  return found.map((one, place) => {
    const wanted = like[place];
    const { code, severity, file, line, column, endColumn, help } = one;
    return {
      code: code ?? null,
      line: line ?? null,
      column: column ?? null,
      ...(severity === 'error' ? {} : { severity: severity ?? null }),
      ...(file === 'pipeline.yaml' ? {} : { file: file ?? null }),
      ...(wanted?.endColumn === undefined
        ? {}
        : { endColumn: endColumn ?? null }),
      ...(wanted?.help === undefined ? {} : { help: help ?? null }),
    };
  });
}

/** The printed form, without colours. */
export const asText = (diagnostics: readonly Diagnostic[]): string =>
  printDiagnostics(diagnostics, { color: false });

const namesOf = (input: PlannedInput): string | readonly string[] =>
  input.type === 'single' ? input.node : input.members.map(({ node }) => node);

/** What feeds a node, by name. */
export const inputsOf = (
  plan: Plan,
  node: string,
): Readonly<Record<string, string | readonly string[]>> =>
  Object.fromEntries(
    Object.entries(plan.nodes.get(node as NodeName)?.inputs ?? {}).map(
      ([slot, input]) => [slot, namesOf(input)],
    ),
  );
