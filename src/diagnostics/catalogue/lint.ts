import type { Diagnostic, Span } from '../diagnostic.ts';
import { warning } from '../make.ts';
import { didYouMean, joined, nameHelp, quoted } from '../text.ts';

/** Something of the plan, and where it stands. */
interface Place {
  readonly name: string;
  readonly at: Span;
}

/** The way to silence a rule, behind the way to put things right. */
const orAllow = (way: string, rule: string): string =>
  `${way} If it is meant: "allow: { ${rule}: why }" in this family.`;

export const biasedEstimator = (
  batch: number,
  layer: string,
  width: number,
  at: Span,
): Diagnostic =>
  warning(
    'LINT_BIASED_ESTIMATOR',
    at,
    `The biased estimator is used on batches of ${batch} examples, and layer ${quoted(layer)} has ${width} features: with fewer examples than features it finds even unrelated layers alike (Murphy et al. 2024, arXiv:2405.01012).`,
    {
      help: orAllow(
        `Use "unbiased", or a batch of more than ${width}.`,
        'biased-estimator',
      ),
    },
  );

/** @param candidate one of those that are chosen among. */
export const chosenOnTest = (
  number: string,
  split: string,
  candidate: Place,
  at: Span,
): Diagnostic =>
  warning(
    'LINT_CHOSEN_ON_TEST',
    at,
    `${quoted(number)} of ${quoted(candidate.name)} is measured on ${quoted(split)}, the examples that its score is of: the best of several by that number looks better than it is (Cawley and Talbot 2010, JMLR 11).`,
    {
      help: orAllow(
        'Choose by a number of held-out examples, such as "tuneAccuracy" or "accuracy.tune".',
        'chosen-on-test',
      ),
      related: [{ message: 'a candidate', at: candidate.at }],
    },
  );

export const differentExamples = (
  family: string,
  origins: readonly Place[],
  at: Span,
): Diagnostic =>
  warning(
    'LINT_DIFFERENT_EXAMPLES',
    at,
    `${quoted(family)} compares what networks make of different examples, those of ${origins.map(({ name }) => quoted(name)).join(' and ')}: similarity is defined over the same examples in the same order (Kornblith et al. 2019, arXiv:1905.00414).`,
    {
      help: orAllow(
        'Extract both sides from one data set.',
        'different-examples',
      ),
      related: origins.map((origin) => ({
        message: `${quoted(origin.name)} makes its own examples`,
        at: origin.at,
      })),
    },
  );

export const largeImageStem = (
  reduction: number,
  side: number,
  source: Place,
  at: Span,
): Diagnostic =>
  warning(
    'LINT_LARGE_IMAGE_STEM',
    at,
    `The stem shrinks images ${reduction} times before the first block, and those of ${quoted(source.name)} are ${side} × ${side}: ${Math.ceil(side / reduction)} × ${Math.ceil(side / reduction)} is left. Networks for small images begin with a 3 × 3 convolution of stride 1 or 2 and no pooling (He et al. 2016, arXiv:1512.03385, section 4.2).`,
    {
      help: orAllow(
        'Use "stem: { stride: 1 }" without "pool".',
        'large-image-stem',
      ),
      related: [{ message: 'its images come from here', at: source.at }],
    },
  );

/** @param from what has the known layers. */
export const layerUnknown = (
  layer: string,
  known: readonly string[],
  from: Place,
  at: Span,
): Diagnostic =>
  warning(
    'LINT_UNKNOWN_LAYER',
    at,
    `${quoted(from.name)} will have no layer ${quoted(layer)}: the run would fail here, after all that comes before.`,
    {
      help: nameHelp(layer, known, 'Layers'),
      related: [{ message: 'the layers come from here', at: from.at }],
    },
  );

/** @param first the parameter that names the split already. */
export const splitReused = (
  split: string,
  first: string,
  role: string,
  at: Span,
): Diagnostic =>
  warning(
    'LINT_REUSED_SPLIT',
    at,
    `Split ${quoted(split)} is ${quoted(first)} and ${quoted(role)}: settings chosen or weights fitted on the examples of the score make it too good, and the run would be refused (Kornblith et al. 2021, arXiv:2010.16402, choose on images held out of training).`,
    {
      help: 'Name three splits: one to fit, one to choose on, one to score on.',
    },
  );

/** What is said of settings that differ. */
export interface UnequalSettings {
  readonly family: string;
  readonly param: string;
  readonly axis: string;
  /** Value of the axis, and the setting there. */
  readonly values: readonly (readonly [row: string, value: string])[];
  readonly at: Span;
  readonly comparing: string;
  readonly comparedAt: Span;
}

const WHY_ALIKE = {
  budget: {
    code: 'LINT_UNEQUAL_BUDGET',
    rule: 'unequal-budget',
    why: 'one that was trained longer differs for that reason too (Dodge et al. 2019, arXiv:1909.03004)',
  },
  preprocessing: {
    code: 'LINT_UNEQUAL_PREPROCESSING',
    rule: 'unequal-preprocessing',
    why: 'what was prepared otherwise differs for that reason too (Chen et al. 2020, arXiv:2002.05709, appendix B.8, prepare images alike for all networks)',
  },
} as const;

export const unequalSettings = (
  what: keyof typeof WHY_ALIKE,
  { family, param, axis, values, at, comparing, comparedAt }: UnequalSettings,
): Diagnostic => {
  const { code, rule, why } = WHY_ALIKE[what];
  const byValue = new Map<string, string[]>();
  for (const [row, value] of values) {
    byValue.set(value, [...(byValue.get(value) ?? []), row]);
  }
  const found = Array.from(
    byValue,
    ([value, rows]) => `${value} for ${joined(rows, 'and')}`,
  ).join(', ');
  return warning(
    code,
    at,
    `${quoted(comparing)} compares over ${quoted(axis)}, and ${quoted(param)} of ${quoted(family)} differs beside other settings: ${found}. Of two things that change at once, ${why}.`,
    {
      help: orAllow(`Give all of them the same ${quoted(param)}.`, rule),
      related: [{ message: 'compared here', at: comparedAt }],
    },
  );
};

export const unevenReplicates = (
  axis: string,
  row: string,
  missing: readonly string[],
  at: Span,
): Diagnostic =>
  warning(
    'LINT_UNEVEN_REPLICATES',
    at,
    `Over ${quoted(axis)}, ${quoted(row)} lacks ${missing.length === 1 ? '' : `${missing.length} members, such as `}${quoted(missing[0] ?? '')}, which others have: their means are over different seeds or tasks, and tests in pairs leave out the rest (Bouthillier et al. 2021, arXiv:2103.03098).`,
    {
      help: orAllow(
        'Give every row the same members, or leave these out for all.',
        'uneven-replicates',
      ),
    },
  );

export const silenceUnknown = (
  rule: string,
  known: readonly string[],
  at: Span,
): Diagnostic =>
  warning(
    'LINT_SILENCE_UNKNOWN',
    at,
    `There is no lint rule ${quoted(rule)}.`,
    {
      help: didYouMean(rule, known) ?? nameHelp(rule, known, 'Rules'),
    },
  );

export const silenceUnused = (rule: string, at: Span): Diagnostic =>
  warning(
    'LINT_SILENCE_UNUSED',
    at,
    `${quoted(rule)} finds nothing in this family, and need not be silenced.`,
    { help: 'Remove the line: it would hide what comes later.' },
  );

export const silenceWithoutReason = (rule: string, at: Span): Diagnostic =>
  warning(
    'LINT_SILENCE_WITHOUT_REASON',
    at,
    `${quoted(rule)} is silenced without a reason.`,
    { help: 'Say why: whoever reads the results has to judge it.' },
  );
