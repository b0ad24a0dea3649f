import { EMPTY_CELL, type TableValue } from '../../src/artifact/table.ts';
import { claimSchema, type Claim } from '../../src/claims/claim.ts';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import { meanOf } from '../../src/ops/statistics/summary.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { tableOf } from './table-value.ts';

/** A claim as the language makes it of what is written: defaults filled in. */
export const claimOf = (written: JsonObject): Claim =>
  fillDefaults(claimSchema, {
    name: 'claim',
    says: 'It is so.',
    ...written,
  }) as unknown as Claim;

/** A table of what replicates gave: row -> column -> numbers of seeds 0, 1, …; null where a seed has none. */
export function tableOfSamples(
  rows: Readonly<
    Record<string, Readonly<Record<string, readonly (number | null)[]>>>
  >,
): TableValue {
  const titles = [...new Set(Object.values(rows).flatMap(Object.keys))];
  return tableOf({
    rows: Object.keys(rows),
    columns: titles.map((title) => ({
      group: null,
      title,
      format: { type: 'number', digits: 3 },
      beside: 'nothing',
    })),
    cells: Object.values(rows).map((columns) =>
      titles.map((title) => {
        const numbers = columns[title] ?? [];
        const sample = numbers.flatMap((value, seed): [string, number][] =>
          value === null ? [] : [[`seed=${seed}`, value]],
        );
        const values = sample.map(([, value]) => value);
        return {
          ...EMPTY_CELL,
          mean: values.length === 0 ? null : meanOf(values),
          count: values.length,
          sample: Object.fromEntries(sample),
        };
      }),
    ),
    replicates: ['seed'],
  });
}
