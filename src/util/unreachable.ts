/**
 * Ends a `switch` over a closed union: the compiler refuses the call while a member is unhandled.
 *
 * @throws always; reaching it is a bug.
 */
export function unreachable(value: never): never {
  throw new Error(`Internal error: unexpected ${JSON.stringify(value)}`);
}
