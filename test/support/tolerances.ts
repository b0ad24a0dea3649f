/**
 * Tolerances of comparisons between the backend (float32) and plain loops (float64), each with its reason. All are
 * relative to the largest expected number, so that an entry that cancels to nearly zero does not fail on rounding.
 */

/** Elementwise arithmetic and sums of up to some hundred terms: a few units in the last place (6e-8) each. */
export const FLOAT32 = 2e-6;

/** Sums of thousands of terms, as in a filter gradient: rounding grows with the square root of their number. */
export const FLOAT32_LONG_SUM = 1e-5;

/** Normalisation divides by a standard deviation, which amplifies the rounding of mean and variance a few times. */
export const FLOAT32_NORMALISED = 1e-5;

/**
 * Directional central differences of a float32 function (`checkGradient`): its values carry an error of about 1e-7, which a
 * step of 0.02 turns into 1e-5 of the value, and the fourth-order formula leaves about 0.02⁴ of the function's curvature.
 */
export const FLOAT32_DIRECTIONAL = 2e-3;

/** What a wrong formula must differ by to count as told apart: a hundred times the loosest tolerance of values. */
export const APART = 1e-3;

/** Float64 on both sides: what is left is the order of the sums. */
export const FLOAT64 = 1e-12;

/** P-values of jstat, relative: where its continued fraction for the incomplete beta function stops. */
export const P_VALUE = 1e-7;
