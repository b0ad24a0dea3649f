import { NodeError } from '../kind/kind.ts';

/**
 * Checks that the splits that are fitted to, chosen on and scored on are three.
 *
 * @throws {NodeError} if one of them is used twice.
 */
export function checkSplitRoles({
  fit,
  tune,
  test,
}: {
  readonly fit: string;
  readonly tune: string;
  readonly test: string;
}): void {
  if (new Set([fit, tune, test]).size < 3) {
    throw new NodeError(
      `"fit", "tune" and "test" must be three splits, but are "${fit}", "${tune}" and "${test}": what is scored on must not be trained on.`,
    );
  }
}
