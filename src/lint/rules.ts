import type { Rule } from './rule.ts';
import { biasedEstimatorRule } from './rules/biased-estimator.ts';
import { chosenOnTestRule } from './rules/chosen-on-test.ts';
import { differentExamplesRule } from './rules/different-examples.ts';
import { largeImageStemRule } from './rules/large-image-stem.ts';
import { reusedSplitRule } from './rules/reused-split.ts';
import {
  unequalBudgetRule,
  unequalPreprocessingRule,
} from './rules/unequal-settings.ts';
import { unevenReplicatesRule } from './rules/uneven-replicates.ts';
import { unknownLayerRule } from './rules/unknown-layer.ts';

/** Every rule. Adding one is a file and a line here, a builder in the catalogue, and its test. */
export const RULES: readonly Rule[] = [
  biasedEstimatorRule,
  chosenOnTestRule,
  differentExamplesRule,
  largeImageStemRule,
  reusedSplitRule,
  unequalBudgetRule,
  unequalPreprocessingRule,
  unevenReplicatesRule,
  unknownLayerRule,
];
