/**
 * How much a suite does. `brief`: what a device can do in a minute that needs a millisecond for the smallest convolution; every
 * case that tells a right kernel from a wrong one is among it.
 */
export type Pace = 'full' | 'brief';
