import { Tagged } from '../kind/schema.ts';
import { Type, type Static } from '../util/type.ts';

const name = Type.String({ minLength: 1 });

const where = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Number()]),
  {
    default: {},
    description:
      'Axis -> the one value that counts, by its name in the file: { target: hue }.',
  },
);
const title = Type.Optional(
  Type.String({ description: 'What is written beside it. Default: the path.' }),
);
const format = Type.Enum(['number', 'percent'], {
  default: 'number',
  description:
    'How numbers are written; "percent" multiplies by 100. The data beside the picture are never scaled.',
});
const scale = Type.Enum(['linear', 'log'], {
  default: 'linear',
  description:
    'Whether equal distances are equal differences or equal ratios; "log" has no place for 0 and less.',
});
const input = Type.Optional(
  Type.String({
    description:
      'Input that it is read from. Needed where the node has several.',
  }),
);

const quantity = (what: string) =>
  Type.Object(
    {
      input,
      value: Type.String({ minLength: 1, description: what }),
      title,
      where,
      format,
      scale,
    },
    { additionalProperties: false, description: what },
  );

const NUMBER =
  'Path of a number in the value of each member, with dots: "r2", "accuracy.test".';

/** Parameters of `plot`. */
export const plotParams = Type.Object(
  {
    title: Type.String({
      default: '',
      description: 'Line above the picture; none if empty.',
    }),
    figure: Tagged(
      {
        scatter: Type.Object({
          points: Type.String({
            minLength: 1,
            description: 'Axis whose values are the points.',
          }),
          x: quantity(NUMBER),
          y: quantity(NUMBER),
        }),
        lines: Type.Object({
          lines: Type.Optional(
            Type.String({
              minLength: 1,
              description: 'Axis whose values are lines. Default: one line.',
            }),
          ),
          x: Type.Object(
            {
              axis: Type.Optional(
                Type.String({
                  minLength: 1,
                  description:
                    'Axis whose values are the places along x: a temperature, an epoch. Default: the entries of the mapping or list that "y" leads to, layers by name, say, or singular values by rank.',
                }),
              ),
              title: Type.Optional(
                Type.String({ description: 'What is written below it.' }),
              ),
              range: Type.Optional(
                Type.Array(Type.Number(), {
                  minItems: 2,
                  maxItems: 2,
                  description:
                    'Of a list: its ends, where the entries are equal bins between them, as densities of cosine distances are between [0, 2]. Each then stands at the middle of its bin. Default: entries stand at 1, 2 and so on.',
                }),
              ),
              scale,
            },
            {
              additionalProperties: false,
              default: {},
              description: 'What is along x.',
            },
          ),
          y: quantity(
            'Path of a number where "x" has an axis; else of a mapping of numbers ("layers"), a list of numbers, or the name of an array of a score ("singularValues").',
          ),
        }),
        matrix: Type.Object({
          panels: Type.Optional(
            Type.String({
              minLength: 1,
              description:
                'Axis whose values are matrices side by side. Default: one matrix.',
            }),
          ),
          value: quantity(
            'Path of a list of lists of numbers, "matrix", or of a mapping of mappings of numbers, "groups".',
          ),
          rows: Type.Optional(
            Type.String({
              minLength: 1,
              description:
                'Path of the list of the names of rows: "leftLayers". A mapping has names of its own.',
            }),
          ),
          columns: Type.Optional(
            Type.String({
              minLength: 1,
              description:
                'Path of the list of the names of columns: "rightLayers". A mapping has names of its own.',
            }),
          ),
          'row-title': Type.String({
            default: '',
            description: 'What is written beside the rows.',
          }),
          'column-title': Type.String({
            default: '',
            description: 'What is written below the columns.',
          }),
          range: Type.Optional(
            Type.Array(Type.Number(), {
              minItems: 2,
              maxItems: 2,
              description:
                'Values at the ends of the colours: [0, 1]. Default: the least and the greatest.',
            }),
          ),
        }),
      },
      { description: 'What is drawn of what.' },
    ),
    replicates: Type.Union([name, Type.Array(name, { minItems: 1 })], {
      default: 'seed',
      description:
        'Axis, or list of axes, whose values are replicates: means and intervals are over them. Axes that are not drawn either are averaged over first, within each replicate.',
    }),
    confidence: Type.Number({
      default: 0.95,
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description:
        "Confidence level of the intervals: of means by Student's t over the replicates, of the rank correlation below a scatter's title by Fisher's z over its points.",
    }),
    except: Type.Array(Type.String(), {
      default: [],
      description: 'Points, lines or panels that are left out, by name.',
    }),
    order: Type.Array(Type.String(), {
      default: [],
      description:
        'Points, lines, panels, or rows and columns that come first, in this order. Of the others points, lines and panels follow by name (numbers by size), rows and columns as they are.',
    }),
  },
  { additionalProperties: false },
);

export type PlotParams = Static<typeof plotParams>;
export type FigureParams = PlotParams['figure'];
/** A quantity as the user wrote it. */
export type QuantityParams = Extract<FigureParams, { type: 'scatter' }>['x'];
