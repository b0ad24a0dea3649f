import { setImmediate } from 'node:timers/promises';
import { alike } from '../util/alike.ts';
import { Type, type Static } from '../util/type.ts';
import { defineKind, NodeError, one } from '../kind/kind.ts';
import {
  linearProbe,
  logSpaced,
  rmsScale,
  type PathPoint,
  type ProbeExamples,
} from '../ops/probe/linear-probe.ts';
import type { Fit } from '../ops/probe/logistic-model.ts';
import { splitFeatures, splitLabels } from './feature-matrix.ts';
import { checkSplitRoles } from './split-roles.ts';

const penalties = Type.Union(
  [
    Type.Object(
      {
        from: Type.Number({
          exclusiveMinimum: 0,
          description: 'Smallest penalty.',
        }),
        to: Type.Number({
          exclusiveMinimum: 0,
          description: 'Largest penalty.',
        }),
        count: Type.Integer({
          minimum: 1,
          maximum: 1000,
          description: 'Number of penalties, both ends included.',
        }),
      },
      { additionalProperties: false },
    ),
    Type.Array(Type.Number({ exclusiveMinimum: 0 }), {
      minItems: 1,
      uniqueItems: true,
    }),
  ],
  {
    default: { from: 1e-6, to: 1e5, count: 45 },
    description:
      'Penalties λ to choose from: "from", "to" and "count" of log-spaced ones, or a list. The objective is mean cross-entropy + λ/2 ‖W‖², so scikit-learn\'s C is 1 / (λ · examples).',
  },
);

/** Linear probe: how much of the labels a linear classifier reads off one layer. */
export const probe = defineKind({
  name: 'probe',
  version: 2,
  summary:
    'Linear probe: multinomial logistic regression on features, the penalty chosen on held-out examples.',
  params: Type.Object(
    {
      layer: Type.String({
        default: 'pool',
        description: 'Layer of the features that is probed.',
      }),
      penalties,
      tolerance: Type.Number({
        default: 1e-6,
        exclusiveMinimum: 0,
        maximum: 1,
        description:
          'A fit is done when the norm of its gradient is at most this share of the norm at zero weights. The default leaves less than a millionth of the objective to be gained.',
      }),
      iterations: Type.Integer({
        default: 1000,
        minimum: 1,
        description:
          'L-BFGS iterations after which a fit is given up, for each penalty; the result says whether it converged.',
      }),
      metric: Type.Enum(['accuracy', 'mean-per-class'], {
        default: 'accuracy',
        description:
          'Share of right predictions over examples, or its mean over classes.',
      }),
      scale: Type.Enum(['rms', 'none'], {
        default: 'rms',
        ...alike('preprocessing'),
        description:
          'Whether features are divided by one number, the root mean squared norm of the examples of "fit", so that one grid of penalties suits all networks.',
      }),
      fit: Type.String({
        default: 'train',
        description: 'Split that is fitted to for each penalty.',
      }),
      tune: Type.String({
        default: 'tune',
        description:
          'Split on which the penalty is chosen; fitted to as well, afterwards. Of equally good penalties the largest is chosen.',
      }),
      test: Type.String({
        default: 'test',
        description: 'Split that is scored on, once.',
      }),
    },
    { additionalProperties: false },
  ),
  inputs: {
    features: one('features', 'The features to probe, with their labels.'),
  },
  output: 'score',
  facts: {
    examples: 'features',
    layersFrom: ['features'],
    asks: ({ layer }) => ({ layer: [layer] }),
    splitRoles: ['fit', 'tune', 'test'],
    measuredOn: ({ test, tune }, number) =>
      number === 'accuracy' ? test : number === 'tuneAccuracy' ? tune : null,
  },
  async run(context) {
    const { params, inputs, signal } = context;
    const { layer, metric } = params;
    const read = (split: string) => ({
      features: splitFeatures(inputs.features, layer, split, 'features'),
      labels: splitLabels(inputs.features, split, 'features'),
    });
    checkSplitRoles(params);
    const examples: ProbeExamples = {
      fit: read(params.fit),
      tune: read(params.tune),
      test: read(params.test),
    };
    if (new Set(examples.fit.labels).size < 2) {
      throw new NodeError(
        `Split "${params.fit}" of input "features" has examples of one class only: there is nothing to tell apart.`,
      );
    }
    const grid = penaltyList(params.penalties);
    const scale = params.scale === 'rms' ? rmsScale(examples.fit.features) : 1;
    const turns = linearProbe(examples, {
      penalties: grid,
      metric,
      scale,
      tolerance: params.tolerance,
      iterations: params.iterations,
    });
    let turn = turns.next();
    while (turn.done !== true) {
      const { fits, path } = turn.value;
      const last = path.at(-1);
      context.progress({
        done: fits,
        total: grid.length + 1,
        unit: 'penalty',
        ...(last === undefined
          ? {}
          : { metrics: { accuracy: last.tuneScore } }),
      });
      await setImmediate();
      signal.throwIfAborted();
      turn = turns.next();
    }

    const { score, path, chosen, refit, startGradientNorms, labels } =
      turn.value;
    const isAtEdge =
      path.length > 1 && (chosen === path[0] || chosen === path.at(-1));
    if (isAtEdge) {
      context.log(
        `The chosen penalty ${chosen.penalty} is at the edge of the grid: a wider grid may find a better one.`,
      );
    }
    for (const fit of [...path, refit]) {
      if (!fit.converged) context.log(notConverged(fit, fit === refit));
    }
    return {
      type: 'score',
      value: {
        accuracy: score,
        metric,
        tuneAccuracy: chosen.tuneScore,
        penalty: chosen.penalty,
        penaltyAtEdge: isAtEdge,
        ...certificate(refit),
        startGradientNorm: startGradientNorms.refit,
        path: path.map((point) => ({
          penalty: point.penalty,
          tuneAccuracy: point.tuneScore,
          ...certificate(point),
        })),
        layer,
        scale,
        classes: labels.length,
        absentClasses: inputs.features.value.classNames.length - labels.length,
        examples: {
          fit: examples.fit.labels.length,
          tune: examples.tune.labels.length,
          test: examples.test.labels.length,
        },
      },
      arrays: {},
    };
  },
});

/** The numbers that say how good a fit is. */
const certificate = ({
  value,
  gradientNorm,
  iterations,
  converged,
}: Fit | PathPoint) => ({
  objective: value,
  gradientNorm,
  iterations,
  converged,
});

const notConverged = (fit: Fit, isRefit: boolean): string =>
  `The fit ${isRefit ? 'to all examples ' : ''}with penalty ${fit.penalty} did not converge: after ${fit.iterations} iteration${fit.iterations === 1 ? '' : 's'} the norm of the gradient is ${fit.gradientNorm.toExponential(1)}.`;

function penaltyList(given: Static<typeof penalties>): readonly number[] {
  if (Array.isArray(given)) return given;
  const { from, to, count } = given;
  if (from > to) {
    throw new NodeError(
      `"penalties" must go up: "from" is ${from}, "to" is ${to}.`,
    );
  }
  return [...new Set(logSpaced(from, to, count))];
}
