import { Type, type Static } from '../util/type.ts';
import { Tagged } from '../kind/schema.ts';

const table = Type.String({
  minLength: 1,
  description:
    'Node of the kind "table": "summary", or of a family "summary[target=hue]".',
});
const columnDescription =
  'Column of the table: its title, or group and title where several have that title.';
const column = Type.String({ minLength: 1, description: columnDescription });
const rows = Type.Optional(
  Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    description: 'Rows that it is about. Default: all rows of the table.',
  }),
);
const except = Type.Array(Type.String({ minLength: 1 }), {
  default: [],
  description:
    'Rows that it is not about: a null baseline, say. Those that a profile has removed may be named too.',
});
const chosenRows = { table, column, rows, except };

/** Quantities that have a number for each replicate (seed). */
const byReplicate = {
  mean: Type.Object(chosenRows),
  difference: Type.Object({
    ...chosenRows,
    from: Type.String({
      minLength: 1,
      description:
        'Row that is subtracted from each of the others, replicate by replicate.',
    }),
  }),
  steps: Type.Object({
    table,
    column,
    rows: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 2,
      description:
        'Rows in an order: each but the first, minus the one before it, replicate by replicate.',
    }),
  }),
  spread: Type.Object(chosenRows),
};

const WHAT = {
  mean: '"mean" is each row by itself',
  difference: '"difference" each row minus one of them',
  steps: '"steps" each row minus the one before it',
  spread: '"spread" the largest row minus the smallest',
};

const quantity = Tagged(
  {
    ...byReplicate,
    'rank-correlation': Type.Object({
      table,
      columns: Type.Array(Type.String({ minLength: 1 }), {
        minItems: 2,
        maxItems: 2,
        description: columnDescription,
      }),
      rows,
      except,
    }),
  },
  {
    description: `What the claim is about. ${Object.values(WHAT).join(', ')}, each within a replicate; "rank-correlation" is Spearman's, of two columns over the rows.`,
  },
);

const limitQuantity = Tagged(byReplicate, {
  description: `What it is compared with: ${Object.values(WHAT).join(', ')}. One number counts for all rows, several count row by row.`,
});

const limit = (side: string) =>
  Type.Optional(
    Type.Union(
      [
        Type.Number(),
        Type.Object(
          {
            times: Type.Number({
              default: 1,
              description: 'Factor: 0.5 is half of the quantity.',
            }),
            quantity: limitQuantity,
          },
          { additionalProperties: false },
        ),
      ],
      {
        description: `What every number must be ${side}: a number, never scaled (2 points of accuracy are 0.02), or another quantity over the same replicates.`,
      },
    ),
  );

/** A finding as a check over collected results, as it stands under its name in \`claims\`. */
export const claimSchema = Type.Object(
  {
    says: Type.String({
      minLength: 1,
      description: 'The finding, as a sentence for people.',
    }),
    quantity,
    above: limit('above'),
    below: limit('below'),
    confidence: Type.Number({
      default: 0.95,
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description:
        'Level of the intervals: the claim is undecided where one includes its limit. 0.9 is a one-sided test at 5 %.',
    }),
    exact: Type.Boolean({
      default: false,
      description:
        'Whether the numbers are no sample but all there is, so that the mean alone decides, even of a single number.',
    }),
  },
  { additionalProperties: false },
);

/** A claim, its tables by the names of their nodes. */
export type Claim = Static<typeof claimSchema> & { readonly name: string };
/** What a claim is about. */
export type Quantity = Claim['quantity'];
/** A quantity that has a number for each replicate. */
export type QuantityByReplicate = Exclude<
  Quantity,
  { readonly type: 'rank-correlation' }
>;
/** What a claim's numbers are compared with. */
export type Limit = NonNullable<Claim['above']>;

/** The sides of a limit. */
export const SIDES = ['above', 'below'] as const;
export type Side = (typeof SIDES)[number];

/** Every quantity of a claim, those that are limits too. */
export const quantitiesOf = (claim: Claim): readonly Quantity[] => [
  claim.quantity,
  ...SIDES.flatMap((side) => {
    const limit = claim[side];
    return typeof limit === 'object' ? [limit.quantity] : [];
  }),
];
