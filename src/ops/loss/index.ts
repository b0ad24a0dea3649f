import { cosineSoftmax } from './cosine-softmax.ts';
import { dropout } from './dropout.ts';
import { extraL2 } from './extra-l2.ts';
import { labelSmoothing } from './label-smoothing.ts';
import { logitNormalization } from './logit-normalization.ts';
import { logitPenalty } from './logit-penalty.ts';
import type { Objective } from './objective.ts';
import { sigmoid } from './sigmoid.ts';
import { softmax } from './softmax.ts';
import { squaredError } from './squared-error.ts';
import { untrained } from './untrained.ts';

/** Every objective, by its name in pipeline files. Adding one is a file, a line here, and its three proofs. */
export const objectives = {
  softmax,
  'label-smoothing': labelSmoothing,
  dropout,
  'extra-l2': extraL2,
  'logit-penalty': logitPenalty,
  'logit-normalization': logitNormalization,
  'cosine-softmax': cosineSoftmax,
  sigmoid,
  'squared-error': squaredError,
  untrained,
} satisfies Readonly<Record<string, Objective>>;
