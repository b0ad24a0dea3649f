import { claimSchema, SIDES, type Claim } from '../claims/claim.ts';
import { claimLimit } from '../diagnostics/catalogue/claims.ts';
import {
  keyMissing,
  keyUnknown,
  nameInvalid,
  shapeInvalid,
} from '../diagnostics/catalogue/shape.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { listed, quoted } from '../diagnostics/text.ts';
import { fillDefaults } from '../kind/fill-defaults.ts';
import type { ParamsChecker } from './check-params.ts';
import { locate } from './locate.ts';
import { ownerOf, wrongValue } from './param-problem.ts';
import type { Finding } from './schema-findings.ts';
import { choicesOf } from './schema-words.ts';
import { reportShape } from './shape.ts';
import { toJson, type Entry, type Value } from './value.ts';
import { CLAIM_RULE, isFamilyName } from './words.ts';

/** A claim that is right by itself; what it says of tables is looked at once they are known. */
export interface ReadClaim {
  readonly claim: Claim;
  /** Where it is written. */
  readonly entry: Entry;
}

/** Reads claims: their shape, against the schema that editors get too. */
export function readClaims(
  entries: ReadonlyMap<string, Entry>,
  checker: ParamsChecker,
  problems: Problems,
): readonly ReadClaim[] {
  const read: ReadClaim[] = [];
  for (const entry of entries.values()) {
    const { key, keyAt, value } = entry;
    if (!isFamilyName(key) && !key.includes('${')) {
      problems.add(nameInvalid('claim', key, CLAIM_RULE, keyAt));
    }
    if (value.type !== 'mapping') {
      reportShape(quoted(key), 'a mapping', value, problems);
      continue;
    }
    const filled = fillDefaults(claimSchema, toJson(value));
    const findings = checker.check(claimSchema, filled);
    for (const finding of findings) problems.add(claimProblem(finding, entry));
    if (findings.length > 0) continue;
    // Its schema has just been checked.
    const claim = { ...(filled as unknown as Omit<Claim, 'name'>), name: key };
    if (checkLimits(claim, value, entry, problems)) read.push({ claim, entry });
  }
  return read;
}

/** Whether a claim compares its quantity with something that it can be compared with. */
function checkLimits(
  claim: Claim,
  root: Value,
  { key, keyAt }: Entry,
  problems: Problems,
): boolean {
  const given = SIDES.filter((side) => claim[side] !== undefined);
  if (given.length === 0) {
    problems.add(
      claimLimit(
        `The claim ${quoted(key)} compares its quantity with nothing.`,
        keyAt,
        'Write "above" or "below" with a number, or with a mapping that has a "quantity".',
      ),
    );
    return false;
  }
  if (claim.quantity.type !== 'rank-correlation') return true;
  const wrong = given.filter((side) => typeof claim[side] !== 'number');
  for (const side of wrong) {
    problems.add(
      claimLimit(
        'A rank correlation is compared with numbers alone.',
        locate(root, keyAt, [side], 'value').at,
        'It is one number over all rows, and has none for each replicate.',
      ),
    );
  }
  return wrong.length === 0;
}

/** A finding as a diagnostic, in the words that the rest of the file is spoken of. */
function claimProblem(
  finding: Finding,
  { key: name, keyAt, value: root }: Entry,
): Diagnostic {
  const { path } = finding;
  const owner = ownerOf(`The claim ${quoted(name)}`, root, path);
  switch (finding.type) {
    case 'invalid': {
      const wrong = wrongValue(finding, root, keyAt);
      const { subject, found, at, via, help } = wrong;
      return shapeInvalid(subject, finding.wanted, found, at, help, via);
    }
    case 'unknown': {
      const { key, known } = finding;
      const { at, via } = locate(root, keyAt, [...path, key], 'key');
      return keyUnknown(key, owner, known, at, undefined, via);
    }
    case 'missing': {
      const { at, via } = locate(root, keyAt, path, 'key');
      const { key, schema } = finding;
      const choices = (
        schema === undefined ? [] : (choicesOf(schema) ?? [])
      ).filter((choice) => typeof choice === 'string');
      const description = schema?.['description'];
      const help =
        choices.length > 0
          ? `It is ${listed(choices, 'or')}.`
          : typeof description === 'string'
            ? description
            : undefined;
      return keyMissing(key, owner, at, help, via);
    }
  }
}
