import type { CheckedClaim } from '../claims/check-claim.ts';

/** Whether a claim that failed is to be told by the exit code. */
export const breaksClaims = (
  claims: readonly CheckedClaim[],
  { strictClaims }: { readonly strictClaims?: boolean },
): boolean =>
  strictClaims === true && claims.some(({ verdict }) => verdict === 'fails');
