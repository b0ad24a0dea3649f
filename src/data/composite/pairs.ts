import { Rng } from '../../tensor/rng.ts';
import { DataError } from '../data-error.ts';
import { GAIN, OFFSETS, type Drawn, type Pair } from './paint.ts';
import type { CompositeSettings } from './settings.ts';

const GAIN_BINS = 4;

/** Names of the classes, and the class of a composite. */
export interface Labelling {
  readonly classNames: readonly string[];
  readonly labelOf: (drawn: Drawn) => number;
}

/**
 * The pairs of the content, in the order that the pair seed gives all pairs.
 *
 * @throws {DataError} if the base has too few classes, or if no pair is held out where those are asked for.
 */
export function contentPairs(
  settings: CompositeSettings,
  baseClasses: number,
): readonly Pair[] {
  const all = baseClasses * baseClasses;
  const source = settings.classes * settings['pairs-per-class'];
  if (source > all) {
    throw new DataError(
      `${settings.classes} classes of ${settings['pairs-per-class']} pairs need ${source} pairs, but ${baseClasses} classes of the base make ${all}.`,
    );
  }
  if (source === all && settings.content === 'held-out-pairs') {
    throw new DataError(
      `No pair is held out: ${settings.classes} classes of ${settings['pairs-per-class']} pairs take all ${all}.`,
    );
  }
  const order = [
    ...Rng.of(settings['pair-seed'], 'pairs of classes').permutation(all),
  ].map((code) => ({
    left: Math.floor(code / baseClasses),
    right: code % baseClasses,
  }));
  switch (settings.content) {
    case 'source-pairs':
      return order.slice(0, source);
    case 'held-out-pairs':
      return order.slice(source);
    case 'all-pairs':
      return order;
  }
}

/**
 * How a composite is labelled.
 *
 * @throws {DataError} if the content has no such label.
 */
export function labelling(
  settings: CompositeSettings,
  pairs: readonly Pair[],
  base: readonly string[],
): Labelling {
  const { content, label, classes } = settings;
  const byPair: Labelling = {
    classNames: pairs.map(
      ({ left, right }) => `${base[left]!} | ${base[right]!}`,
    ),
    labelOf: ({ place }) => place,
  };
  switch (label) {
    case 'class':
      if (content === 'all-pairs') {
        throw new DataError(
          'Composites of "all-pairs" have no label "class"; they have "pair", "left", "right", "gain", "offset".',
        );
      }
      return content === 'held-out-pairs'
        ? byPair
        : {
            classNames: Array.from({ length: classes }, (_, index) =>
              Array.from(
                { length: settings['pairs-per-class'] },
                (_pair, turn) => byPair.classNames[index + turn * classes]!,
              ).join(' + '),
            ),
            labelOf: ({ place }) => place % classes,
          };
    case 'pair':
      return byPair;
    case 'left':
      return { classNames: base, labelOf: ({ pair }) => pair.left };
    case 'right':
      return { classNames: base, labelOf: ({ pair }) => pair.right };
    case 'gain':
      return {
        classNames: ['darkest', 'dark', 'bright', 'brightest'],
        labelOf: ({ gains: [left] }) =>
          Math.min(
            Math.floor(((left - GAIN.least) / GAIN.range) * GAIN_BINS),
            GAIN_BINS - 1,
          ),
      };
    case 'offset':
      return {
        classNames: Array.from({ length: OFFSETS }, (_, rows) =>
          rows === 1 ? '1 row' : `${rows} rows`,
        ),
        labelOf: ({ offsets: [left] }) => left,
      };
  }
}
