import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { loadPlan, type LoadedPlan } from '../../src/pipeline/load-plan.ts';
import type { Result } from '../../src/util/result.ts';
import { fakeRegistry } from './fake-kinds.ts';

/** How a text is loaded. */
export interface LoadTextOptions {
  readonly profiles?: readonly string[];
  readonly sets?: readonly string[];
}

/** Loads a pipeline that is a text, with the fake kinds. */
export function loadText(
  text: string,
  { profiles = [], sets = [] }: LoadTextOptions = {},
): Result<LoadedPlan, readonly Diagnostic[]> {
  const folder = mkdtempSync(join(tmpdir(), 'penultimate-plan-'));
  try {
    const file = join(folder, 'pipeline.yaml');
    writeFileSync(file, text);
    return loadPlan({ file, profiles, sets, registry: fakeRegistry() });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The plan of a text in which nothing is wrong. */
export function planOf(
  text: string,
  options: LoadTextOptions = {},
): LoadedPlan['plan'] {
  const loaded = loadText(text, options);
  if (loaded.ok) return loaded.value.plan;
  throw new Error(loaded.error.map(({ message }) => message).join('\n'));
}
