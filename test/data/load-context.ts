import assert from 'node:assert/strict';
import { DataError } from '../../src/data/data-error.ts';
import type { LoadContext } from '../../src/data/image-set.ts';

/** A context that hears nothing, and whose folder of downloads does not exist unless a test gives one. */
export const contextWith = (
  options: Partial<LoadContext> = {},
): LoadContext => ({
  downloads: '/nonexistent/downloads',
  signal: new AbortController().signal,
  progress: () => undefined,
  ...options,
});

/** Asserts that a promise fails with a `DataError` whose message matches all patterns. */
export const assertDataError = (
  promise: Promise<unknown>,
  ...patterns: readonly RegExp[]
): Promise<void> =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof DataError, String(error));
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  });
