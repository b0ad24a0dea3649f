import {
  meanNegativeLogLikelihood,
  type Outputs,
  type ProbabilityRule,
} from './probabilities.ts';

/** A temperature and how it was found. */
export interface FittedTemperature {
  readonly temperature: number;
  /** At that temperature, on the examples that it was fitted to. */
  readonly nll: number;
  /** Whether there is no best temperature, or one outside of what was searched may be better. */
  readonly isAtEdge: boolean;
}

/** Temperatures are searched from 1e-3 to 1e3. */
const DECADES = 3;
const POINTS_A_DECADE = 4;
/** Natural logarithm of a temperature: closer than this makes no difference that float32 outputs could show. */
const PRECISION = 1e-7;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The temperature with the least negative log-likelihood on held-out examples.
 *
 *     T = argmin over 1e-3 ≤ T ≤ 1e3 of nll(outputs / T)
 *
 * Four temperatures a decade, then golden section around the best of them. With softmax the likelihood is convex in 1/T, so that
 * this is the minimum; with normalised sigmoids it need not be, and this is the minimum near the best of the grid. Of equally
 * good temperatures that nearest to 1 is taken: outputs that are all equal give 1. Where all held-out examples are right
 * there is no best (any lower temperature is as good, once the likelihood is 1), and where outputs say nothing it is the highest:
 * both are reported as the edge.
 *
 * @param outputs at least one example.
 * @yields after each evaluation, so that the caller may pause.
 *
 * Source: Guo et al. 2017, arXiv:1706.04599, section 4.2.
 */
export function* fitTemperature(
  outputs: Outputs,
  rule: ProbabilityRule,
): Generator<undefined, FittedTemperature, undefined> {
  const nllAt = (logTemperature: number): number =>
    meanNegativeLogLikelihood(outputs, rule, Math.exp(logTemperature));
  const step = Math.LN10 / POINTS_A_DECADE;
  const last = DECADES * POINTS_A_DECADE;

  // From 1 outwards: a later one has to be better.
  let best = { place: 0, nll: nllAt(0) };
  for (let distance = 1; distance <= last; distance++) {
    for (const place of [-distance, distance]) {
      const nll = nllAt(place * step);
      if (nll < best.nll) best = { place, nll };
      yield;
    }
  }
  let low = Math.max(-last, best.place - 1) * step;
  let high = Math.min(last, best.place + 1) * step;
  let inner = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)] as [
    number,
    number,
  ];
  let values = [nllAt(inner[0]), nllAt(inner[1])] as [number, number];
  while (high - low > PRECISION) {
    if (values[0] <= values[1]) {
      high = inner[1];
      inner = [high - GOLDEN * (high - low), inner[0]];
      values = [nllAt(inner[0]), values[0]];
    } else {
      low = inner[0];
      inner = [inner[1], low + GOLDEN * (high - low)];
      values = [values[1], nllAt(inner[1])];
    }
    yield;
  }
  const middle = (low + high) / 2;
  const middleNll = nllAt(middle);
  const [found, nll] =
    middleNll < best.nll ? [middle, middleNll] : [best.place * step, best.nll];
  return {
    temperature: Math.exp(found),
    nll,
    isAtEdge: nll === 0 || Math.abs(found) > last * step - 1e-3,
  };
}
