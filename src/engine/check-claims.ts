import type { TableValue } from '../artifact/table.ts';
import type { CheckedClaim } from '../claims/check-claim.ts';
import { quantitiesOf, type Claim } from '../claims/claim.ts';
import type { NodeName, Plan } from '../pipeline/plan.ts';

/** The tables that a claim is about. */
export const tablesOf = (claim: Claim): readonly NodeName[] =>
  // A plan's claims have the names of its nodes.
  quantitiesOf(claim).map(({ table }) => table as NodeName);

/** The claims all of whose tables are among the nodes. */
export const claimsAbout = (
  { claims }: Plan,
  isThere: (node: NodeName) => boolean,
): readonly Claim[] => claims.filter((claim) => tablesOf(claim).every(isThere));

/**
 * Checks claims against the tables that there are.
 *
 * @param missing says why there is no such table.
 */
export async function checkClaims(
  claims: readonly Claim[],
  tables: ReadonlyMap<NodeName, TableValue>,
  missing: (node: NodeName) => string,
): Promise<readonly CheckedClaim[]> {
  if (claims.length === 0) return [];
  // Statistics are loaded where there is something to check.
  const { checkClaim } = await import('../claims/check-claim.ts');
  return claims.map((claim) =>
    checkClaim(claim, (name) => {
      const node = name as NodeName;
      return tables.get(node) ?? { missing: missing(node) };
    }),
  );
}
