import { DataError } from '../data-error.ts';
import { quoted } from '../image-set.ts';
import {
  BACKGROUNDS,
  FILLS,
  SHAPES,
  SOURCE_FILLS,
  SOURCE_SHAPES,
} from './forms.ts';
import {
  binOf,
  HUE_BANDS,
  PAIRS,
  SOURCE_PAIRS,
  type Palette,
  type Pair,
  type Scene,
} from './scene.ts';

/** What images are made of, by name. */
export const CONTENTS = [
  'source-pairs',
  'held-out-pairs',
  'held-out-shapes',
  'held-out-fills',
  'factors',
] as const;
export type Content = (typeof CONTENTS)[number];

/** What images are labelled with, by name. */
export const LABELS = [
  'class',
  'pair',
  'shape',
  'fill',
  'hue',
  'position',
  'size',
  'light',
  'background',
  'background-hue',
] as const;
export type Label = (typeof LABELS)[number];

/** Names of the classes, and the class of a scene. */
export interface Labelling {
  readonly classNames: readonly string[];
  readonly labelOf: (scene: Scene) => number;
}

const upTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index);
const SHAPES_OF_SOURCE = upTo(SOURCE_SHAPES);
const FILLS_OF_SOURCE = upTo(SOURCE_FILLS);
const HELD_OUT_SHAPES = upTo(SHAPES.length).slice(SOURCE_SHAPES);
const HELD_OUT_FILLS = upTo(FILLS.length).slice(SOURCE_FILLS);

/** What each content draws from. */
export const PALETTES: Readonly<Record<Content, Palette>> = {
  'source-pairs': {
    pairs: PAIRS.slice(0, SOURCE_PAIRS),
    shapes: SHAPES_OF_SOURCE,
    fills: FILLS_OF_SOURCE,
  },
  'held-out-pairs': {
    pairs: PAIRS.slice(SOURCE_PAIRS),
    shapes: SHAPES_OF_SOURCE,
    fills: FILLS_OF_SOURCE,
  },
  'held-out-shapes': {
    pairs: null,
    shapes: HELD_OUT_SHAPES,
    fills: FILLS_OF_SOURCE,
  },
  'held-out-fills': {
    pairs: null,
    shapes: SHAPES_OF_SOURCE,
    fills: HELD_OUT_FILLS,
  },
  factors: { pairs: null, shapes: SHAPES_OF_SOURCE, fills: FILLS_OF_SOURCE },
};

/** Source pairs are dealt to this many classes in turn: three unrelated pairs a class. */
export const SOURCE_CLASSES = 36;

/** Middle of a bin of a circle, in degrees: `45°`. */
const degrees = (bins: number): readonly string[] =>
  upTo(bins).map((bin) => `${((bin + 0.5) * 360) / bins}°`);

const pairName = ({ shape, band }: Pair): string =>
  `${SHAPES[shape]!.name} ${degrees(HUE_BANDS)[band]!}`;

const shapeLabels = (shapes: readonly number[]): Labelling => ({
  classNames: shapes.map((shape) => SHAPES[shape]!.name),
  labelOf: ({ shape }) => shapes.indexOf(shape),
});

const fillLabels = (fills: readonly number[]): Labelling => ({
  classNames: fills.map((fill) => FILLS[fill]!.name),
  labelOf: ({ fill }) => fills.indexOf(fill),
});

const pairLabels = (pairs: readonly Pair[]): Labelling => ({
  classNames: pairs.map(pairName),
  labelOf: ({ pair }) => pair,
});

/** Made when it is asked for: the names of all pairs are a good part of what loading this file would cost. */
const sourceClasses = (): Labelling => ({
  classNames: upTo(SOURCE_CLASSES).map((index) =>
    PAIRS.slice(0, SOURCE_PAIRS)
      .filter((_, place) => place % SOURCE_CLASSES === index)
      .map(pairName)
      .join(' + '),
  ),
  labelOf: ({ pair }) => pair % SOURCE_CLASSES,
});

const COLUMNS = ['left', 'middle', 'right'] as const;
const ROWS = ['top', 'centre', 'bottom'] as const;

/** Labels that every content allows. */
const FACTORS: Readonly<
  Record<Exclude<Label, 'class' | 'pair' | 'shape' | 'fill'>, Labelling>
> = {
  hue: {
    classNames: degrees(HUE_BANDS),
    labelOf: ({ hue }) => binOf(hue, HUE_BANDS),
  },
  position: {
    classNames: COLUMNS.flatMap((column) =>
      ROWS.map((row) => `${column} ${row}`),
    ),
    labelOf: ({ xShare, yShare }) => binOf(xShare, 3) * 3 + binOf(yShare, 3),
  },
  size: {
    classNames: ['smallest', 'small', 'large', 'largest'],
    labelOf: ({ sizeShare }) => binOf(sizeShare, 4),
  },
  light: {
    classNames: degrees(8),
    labelOf: ({ lightShare }) => binOf(lightShare, 8),
  },
  background: {
    classNames: BACKGROUNDS.map(({ name }) => name),
    labelOf: ({ background }) => background,
  },
  'background-hue': {
    classNames: degrees(6),
    labelOf: ({ backgroundHue }) => binOf(backgroundHue, 6),
  },
};

/** The classes that a content is sorted by, where it is. */
function ownClasses(content: Content): Labelling | undefined {
  const { pairs, shapes, fills } = PALETTES[content];
  switch (content) {
    case 'source-pairs':
      return sourceClasses();
    case 'held-out-pairs':
      return pairs === null ? undefined : pairLabels(pairs);
    case 'held-out-shapes':
      return shapeLabels(shapes);
    case 'held-out-fills':
      return fillLabels(fills);
    case 'factors':
      return undefined;
  }
}

/** Every label that a content allows. */
function labellings(content: Content): Partial<Record<Label, Labelling>> {
  const { pairs, shapes, fills } = PALETTES[content];
  const own = ownClasses(content);
  return {
    ...(own === undefined ? {} : { class: own }),
    ...(pairs === null ? {} : { pair: pairLabels(pairs) }),
    shape: shapeLabels(shapes),
    fill: fillLabels(fills),
    ...FACTORS,
  };
}

/**
 * How a content's images are labelled.
 *
 * @throws {DataError} if the content has no such label.
 */
export function labelling(content: Content, label: Label): Labelling {
  const allowed = labellings(content);
  const chosen = allowed[label];
  if (chosen === undefined) {
    throw new DataError(
      `Images of content "${content}" have no label "${label}"; they have ${quoted(Object.keys(allowed))}.`,
    );
  }
  return chosen;
}
