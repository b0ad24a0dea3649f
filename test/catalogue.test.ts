import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DIAGNOSTIC_CODES } from '../src/diagnostics/codes.ts';
import { projectRoot } from './support/project.ts';
import { expectedOf } from './support/sample.ts';

/** Codes that no committed file can show, because it would be too large or because they are about something else. */
const SHOWN_BY_TESTS: Readonly<Record<string, string>> = {
  COMMAND_LINE_INVALID: 'test/diagnostics/catalogue.test.ts',
  FILES_TOO_LARGE: 'test/pipeline/limits.test.ts',
  FILE_TOO_LARGE: 'test/pipeline/limits.test.ts',
  FILE_UNREADABLE: 'test/pipeline/files.test.ts',
  INCLUDE_TOO_MANY: 'test/pipeline/limits.test.ts',
  LINT_BIASED_ESTIMATOR: 'test/lint/rules.test.ts',
  LINT_CHOSEN_ON_TEST: 'test/lint/rules.test.ts',
  LINT_DIFFERENT_EXAMPLES: 'test/lint/rules.test.ts',
  LINT_LARGE_IMAGE_STEM: 'test/lint/rules.test.ts',
  LINT_REUSED_SPLIT: 'test/lint/rules.test.ts',
  LINT_SILENCE_UNKNOWN: 'test/lint/rules.test.ts',
  LINT_SILENCE_UNUSED: 'test/lint/rules.test.ts',
  LINT_SILENCE_WITHOUT_REASON: 'test/lint/rules.test.ts',
  LINT_UNEQUAL_BUDGET: 'test/lint/rules.test.ts',
  LINT_UNEQUAL_PREPROCESSING: 'test/lint/rules.test.ts',
  LINT_UNEVEN_REPLICATES: 'test/lint/rules.test.ts',
  LINT_UNKNOWN_LAYER: 'test/lint/rules.test.ts',
  NODE_UNKNOWN: 'test/pipeline/select-nodes.test.ts',
  RESOURCE_UNAVAILABLE: 'test/engine/allotments.test.ts',
  YAML_TOO_MANY_ENTRIES: 'test/pipeline/limits.test.ts',
  YAML_TOO_MANY_KEYS: 'test/pipeline/limits.test.ts',
  YAML_TOO_MANY_TOKENS: 'test/pipeline/limits.test.ts',
};

const samples = join(projectRoot, 'test/samples');
const sampled = new Set(
  readdirSync(samples).flatMap((name) =>
    expectedOf(join(samples, name)).diagnostics.map(({ code }) => code),
  ),
);

test('every code has a sample, or a test that shows it', () => {
  const missing = DIAGNOSTIC_CODES.filter(
    (code) => !sampled.has(code) && !Object.hasOwn(SHOWN_BY_TESTS, code),
  );
  assert.deepEqual(missing, []);
});

test('the tests that show a code name it', () => {
  for (const [code, file] of Object.entries(SHOWN_BY_TESTS)) {
    const text = readFileSync(join(projectRoot, file), 'utf8');
    assert.ok(text.includes(`'${code}'`), `${file} does not name ${code}`);
    assert.ok(!sampled.has(code), `${code} has a sample, and needs no entry`);
  }
});

test('no sample has an unknown code', () => {
  const known: ReadonlySet<string> = new Set(DIAGNOSTIC_CODES);
  assert.deepEqual(
    [...sampled].filter((code) => !known.has(code)),
    [],
  );
});

test('codes are sorted, each once', () => {
  const sorted = [...new Set<string>(DIAGNOSTIC_CODES)].sort();
  assert.deepEqual([...DIAGNOSTIC_CODES], sorted);
});
