/** Text and axes, rules behind the data, and the page; each is replaced on a dark page by its exact value. */
export const INK = '#1f2328';
export const FAINT = '#d8dee4';
export const PAGE = '#ffffff';
const DARK = { ink: '#e6edf3', faint: '#30363d', page: '#0d1117' } as const;

/**
 * Okabe and Ito's colours without black and yellow, which are lost on a dark or a white page: told apart with any kind of
 * colour blindness. More lines than these go on with another dash and shape.
 */
export const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#8c8c8c',
] as const;

export const SHAPES = [
  ...['circle', 'square', 'triangle-up', 'diamond'],
  ...['triangle-down', 'cross'],
] as const;

export const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [6, 3],
  [2, 2],
];

/** The item of a line of names: items repeat. */
export const repeated = <T>(
  names: readonly string[],
  items: readonly T[],
  every = 1,
): (T | undefined)[] =>
  names.map((_, at) => items[Math.floor(at / every) % items.length]);

/** Fonts that some machine has each; widths are estimated, never measured, so that every machine draws the same bytes. */
const FONT = 'Helvetica, Arial, "DejaVu Sans", sans-serif';

export const CONFIG = {
  // Else every square says in words what it is, to nobody: the data are beside the picture.
  aria: false,
  background: PAGE,
  padding: 12,
  font: FONT,
  view: { stroke: null },
  title: {
    ...{ anchor: 'start', frame: 'group', offset: 12 },
    ...{ color: INK, fontSize: 15, fontWeight: 600 },
    ...{ subtitleColor: INK, subtitleFontSize: 12, subtitlePadding: 5 },
  },
  axis: {
    ...{ labelColor: INK, titleColor: INK, labelFontSize: 12 },
    ...{ titleFontSize: 13, titleFontWeight: 400, titlePadding: 8 },
    ...{ domainColor: INK, tickColor: INK, gridColor: FAINT },
  },
  legend: {
    ...{ labelColor: INK, titleColor: INK, labelFontSize: 12 },
    ...{ titleFontSize: 13, titleFontWeight: 400, labelLimit: 260 },
    ...{ symbolSize: 80, symbolStrokeWidth: 2, rowPadding: 4, offset: 20 },
  },
  header: { labelColor: INK, labelFontSize: 13, titleColor: INK },
} as const;

const replaced = (from: string, to: string): string =>
  `[fill="${from}"]{fill:${to}}[stroke="${from}"]{stroke:${to}}`;

/** What a picture says of dark screens. On paper, and where nobody asks, it is as it was drawn. */
export const DARK_STYLE =
  `<style>@media screen and (prefers-color-scheme:dark){` +
  replaced(INK, DARK.ink) +
  replaced(FAINT, DARK.faint) +
  replaced(PAGE, DARK.page) +
  `}</style>`;
