import { Type, type Static } from '../util/type.ts';
import { CORRECTIONS } from '../artifact/table.ts';
import { neutral } from '../util/neutral.ts';

const axis = Type.String({ minLength: 1 });
const axes = (options: { description: string; default?: string }) =>
  Type.Union([axis, Type.Array(axis, { minItems: 1 })], options);

const column = Type.Object(
  {
    title: Type.Optional(
      Type.String({
        description:
          'Heading; for a column that is split, the heading above its parts. Default: the path.',
      }),
    ),
    group: Type.Optional(
      Type.String({
        description:
          'Heading above this column and those beside it that have the same one.',
      }),
    ),
    input: Type.Optional(
      Type.String({
        description:
          'Input that the column is made of. Needed where the node has several.',
      }),
    ),
    value: Type.String({
      minLength: 1,
      description:
        'Path of a number in the value of each member, with dots: "r2", "accuracy.test", "layers.pool".',
    }),
    rows: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Axis whose values are the rows, where it has another name in this input.',
      }),
    ),
    replicates: Type.Optional(
      axes({
        description:
          'Axis, or list of axes, whose values are replicates, where it is another one for this column.',
      }),
    ),
    where: Type.Record(
      Type.String(),
      Type.Union([Type.String(), Type.Number()]),
      {
        default: {},
        ...neutral({}),
        description:
          'Axis -> the one value that counts, by its name in the file: { a: softmax }.',
      },
    ),
    'split-by': Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Axis whose values become columns of their own.',
      }),
    ),
    format: Type.Enum(['percent', 'number'], {
      default: 'number',
      description:
        'How numbers are printed; "percent" multiplies by 100. Stored numbers are never scaled.',
    }),
    digits: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10,
        description:
          'Digits after the point. Default: 1 for percent, 3 for numbers.',
      }),
    ),
    'standard-error': Type.Boolean({
      default: true,
      description: 'Whether the standard error is printed beside the mean.',
    }),
    interval: Type.Boolean({
      default: false,
      description:
        'Whether the confidence interval is printed beside the mean, in place of the standard error.',
    }),
  },
  { additionalProperties: false },
);

const correlation = Type.Object(
  {
    columns: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 2,
      maxItems: 2,
      description:
        'The two columns: their titles, or group and title where several have that title.',
    }),
    except: Type.Array(Type.String(), {
      default: [],
      description: 'Rows that are left out: a null baseline, say.',
    }),
  },
  { additionalProperties: false },
);

/** Parameters of `table`. */
export const tableParams = Type.Object(
  {
    title: Type.String({
      default: '',
      ...neutral(''),
      description: 'Line above the table; none if empty.',
    }),
    rows: Type.String({
      minLength: 1,
      description: 'Axis whose values are the rows, by its name in the inputs.',
    }),
    replicates: axes({
      default: 'seed',
      description:
        'Axis, or list of axes, whose values are replicates: means, standard errors and tests are over them. Axes that are neither rows nor replicates are averaged over first, within each replicate.',
    }),
    columns: Type.Optional(
      Type.Array(column, {
        minItems: 1,
        description: 'The columns. Default: every number of every input.',
      }),
    ),
    baseline: Type.Optional(
      Type.String({
        description:
          'Row that the others are compared with, by a two-sided paired t-test over the replicates that both have. The family of tests is a column: all its rows but this one.',
      }),
    ),
    correction: Type.Enum([...CORRECTIONS], {
      default: 'holm',
      description:
        'How the p-values of one column are corrected for their number: "holm" keeps the probability of any false finding among the rows below the level.',
    }),
    confidence: Type.Number({
      default: 0.95,
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description:
        "Confidence level of intervals: of means by Student's t over the replicates, of rank correlations by Fisher's z over the rows.",
    }),
    correlations: Type.Array(correlation, {
      default: [],
      description:
        "Spearman's rank correlation of two columns over the rows, with its interval.",
    }),
    order: Type.Array(Type.String(), {
      default: [],
      ...neutral([]),
      description:
        'Rows that come first, in this order. The others follow: the baseline, then by name (numbers by size).',
    }),
  },
  { additionalProperties: false },
);

export type TableParams = Static<typeof tableParams>;
/** One column as the user wrote it. */
export type ColumnParams = Static<typeof column>;
export type CorrelationParams = Static<typeof correlation>;
