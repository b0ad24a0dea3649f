import {
  columnName,
  findColumn,
  type TableOutline,
} from '../artifact/table.ts';
import { SIDES, type Claim, type Quantity } from '../claims/claim.ts';
import {
  claimColumn,
  claimColumnAmbiguous,
  claimRow,
  claimTable,
} from '../diagnostics/catalogue/claims.ts';
import { nodeUnknown } from '../diagnostics/catalogue/references.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { listed, quoted } from '../diagnostics/text.ts';
import type { Registry } from '../kind/registry.ts';
import { locate } from './locate.ts';
import {
  possibleParams,
  type NodeName,
  type Plan,
  type PlannedNode,
} from './plan.ts';
import type { ReadClaim } from './read-claims.ts';
import { parseReference } from './reference.ts';
import { checkPattern, familiesOf, type FamilyAxes } from './select-nodes.ts';
import type { Entry } from './value.ts';

/** What claims may be about. */
export interface KnownTables {
  readonly nodes: Plan['nodes'];
  readonly registry: Registry;
  /** Value names by axis before profiles and `--set`: leaving out a row that a profile has removed is no mistake. */
  readonly declared: ReadonlyMap<string, ReadonlySet<string>>;
  /** What overlays have removed, by path. */
  readonly removed: ReadonlyMap<string, Span>;
}

/** Finds the tables, columns and rows that claims name; answers with the claims, their tables by the names of nodes. */
export function resolveClaims(
  claims: readonly ReadClaim[],
  known: KnownTables,
  problems: Problems,
): readonly Claim[] {
  const resolver = new ClaimResolver(known, problems);
  return claims.map(({ claim, entry }) => resolver.claim(claim, entry));
}

/** A quantity in its claim: finds the places of what it names. */
type PlaceOf = (...path: readonly string[]) => Span;

class ClaimResolver {
  readonly #known: KnownTables;
  readonly #problems: Problems;
  readonly #outlines = new Map<NodeName, Outline | null>();
  #families: ReadonlyMap<string, FamilyAxes> | undefined;

  constructor(known: KnownTables, problems: Problems) {
    this.#known = known;
    this.#problems = problems;
  }

  claim(claim: Claim, { keyAt, value }: Entry): Claim {
    const quantity = <Q extends Quantity>(own: Q, path: readonly string[]): Q =>
      this.#quantity(
        own,
        (...rest) => locate(value, keyAt, [...path, ...rest], 'value').at,
      );
    const limits = SIDES.flatMap((side) => {
      const limit = claim[side];
      if (typeof limit !== 'object') return [];
      const own = quantity(limit.quantity, [side, 'quantity']);
      return [[side, { ...limit, quantity: own }] as const];
    });
    return {
      ...claim,
      quantity: quantity(claim.quantity, ['quantity']),
      ...Object.fromEntries(limits),
    };
  }

  #quantity<Q extends Quantity>(quantity: Q, placeOf: PlaceOf): Q {
    const node = this.#table(quantity.table, placeOf('table'));
    if (node === null) return quantity;
    const outline = this.#outline(node);
    if (outline !== null) this.#check(quantity, node.name, outline, placeOf);
    return { ...quantity, table: node.name };
  }

  /** The node that a reference means, or null where it is not one table. */
  #table(text: string, at: Span): PlannedNode | null {
    const reference = parseReference(text, at, this.#problems);
    if (reference === null) return null;
    const { nodes, removed } = this.#known;
    this.#families ??= familiesOf(nodes);
    const family = reference.family.text;
    const removedAt = removed.get(`nodes ${family}`);
    const wanted = checkPattern(
      reference,
      this.#families,
      this.#problems,
      removedAt,
    );
    if (wanted === null) return null;
    const axes = [...(this.#families.get(family)?.keys() ?? [])];
    const open = axes.filter((axis) => !wanted.has(axis));
    if (open.length > 0) {
      this.#reportSeveral(text, family, axes, wanted, at);
      return null;
    }
    const values = axes.map((axis) => `${axis}=${wanted.get(axis) ?? ''}`);
    const name = axes.length === 0 ? family : `${family}[${values.join(',')}]`;
    const node = nodes.get(name as NodeName);
    if (node === undefined) {
      this.#problems.add(nodeUnknown(text, at));
      return null;
    }
    if (node.output === 'table') return node;
    this.#reportNoTable(node, at);
    return null;
  }

  /** A family of which some axis is not fixed; what matters more is whether it is one of tables at all. */
  #reportSeveral(
    text: string,
    family: string,
    axes: readonly string[],
    wanted: ReadonlyMap<string, string>,
    at: Span,
  ): void {
    for (const node of this.#known.nodes.values()) {
      if (node.family !== family) continue;
      if (node.output === 'table') break;
      this.#reportNoTable(node, at);
      return;
    }
    const values = axes.map((axis) => `${axis}=${wanted.get(axis) ?? '…'}`);
    this.#problems.add(
      claimTable(
        `${quoted(text)} is several tables, and a claim is about one.`,
        at,
        `Fix every axis: ${quoted(`${family}[${values.join(', ')}]`)}.`,
      ),
    );
  }

  #reportNoTable({ family, kind, output, spans }: PlannedNode, at: Span): void {
    const tables = new Set<string>();
    for (const node of this.#known.nodes.values()) {
      if (node.output === 'table') tables.add(node.family);
    }
    this.#problems.add(
      claimTable(
        `A claim is about a table, and ${quoted(family)} (kind ${quoted(kind)}) yields ${output === 'features' ? output : `a ${output}`}.`,
        at,
        tables.size === 0
          ? 'Collect its results into a node of the kind "table".'
          : `Tables: ${listed([...tables], 'and')}.`,
        [{ message: `${quoted(family)} is defined here`, at: spans.family }],
      ),
    );
  }

  #outline(node: PlannedNode): Outline | null {
    const known = this.#outlines.get(node.name);
    if (known !== undefined) return known;
    const inputs = Object.entries(node.inputs).map(
      ([slot, input]) =>
        [
          slot,
          input.type === 'single'
            ? []
            : input.members.map(({ coordinates }) => coordinates),
        ] as const,
    );
    const kind = this.#known.registry.get(node.kind);
    const outlines = possibleParams(node).map(
      (params) =>
        kind?.outline?.(params as never, Object.fromEntries(inputs)) ?? null,
    );
    // What is picked may change it: then nothing is known of it.
    const isOne =
      new Set(outlines.map((one) => JSON.stringify(one))).size === 1;
    const outline = isOne ? (outlines[0] ?? null) : null;
    const made =
      outline === null ? null : { ...outline, known: new Set(outline.rows) };
    this.#outlines.set(node.name, made);
    return made;
  }

  #check(
    quantity: Quantity,
    table: NodeName,
    outline: Outline,
    placeOf: PlaceOf,
  ): void {
    if (quantity.type === 'rank-correlation') {
      quantity.columns.forEach((name, index) => {
        this.#column(name, table, outline, placeOf('columns', String(index)));
      });
    } else this.#column(quantity.column, table, outline, placeOf('column'));
    const rows = quantity.rows ?? [];
    rows.forEach((row, index) => {
      this.#row(row, table, outline, placeOf('rows', String(index)));
    });
    if (quantity.type === 'difference') {
      this.#row(quantity.from, table, outline, placeOf('from'));
    }
    if (quantity.type === 'steps') return;
    quantity.except.forEach((row, index) => {
      if (this.#isDeclared(row)) return;
      this.#row(row, table, outline, placeOf('except', String(index)));
    });
  }

  #column(name: string, table: NodeName, { columns }: Outline, at: Span): void {
    if (columns === null) return;
    const place = findColumn(columns, name);
    if (place === 'unknown') {
      this.#problems.add(() =>
        claimColumn(name, table, columns.map(columnName), at),
      );
    } else if (place === 'ambiguous') {
      const meant = columns.filter(
        (column) => column.title === name || columnName(column) === name,
      );
      this.#problems.add(
        claimColumnAmbiguous(name, table, meant.map(columnName), at),
      );
    }
  }

  #row(row: string, table: NodeName, { rows, known }: Outline, at: Span): void {
    if (!known.has(row)) {
      this.#problems.add(() => claimRow(row, table, rows, at));
    }
  }

  /** Whether a row would be there without profiles and `--set`. */
  #isDeclared(row: string): boolean {
    for (const values of this.#known.declared.values()) {
      if (values.has(row)) return true;
    }
    return false;
  }
}

/** What a table will have, its rows also as a set. */
type Outline = TableOutline & { readonly known: ReadonlySet<string> };
