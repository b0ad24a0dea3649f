/** A point on the page with its name, in pixels from the upper left corner. */
export interface NamedPoint {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

export const NAME_SIZE = 12;
/** Width of an average letter over the size of its font, on the wide side. */
const LETTER = 0.56;
const DISTANCE = 8;
/** Half of what a point itself takes. */
const POINT_RADIUS = 5;

/** A part of the page. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where a name may stand to its point, the best place first. */
const SIDES: readonly (readonly [across: number, down: number])[] = [
  ...([1, -1] as const).flatMap((across) =>
    [-1, 1, 0].map((down) => [across, down] as const),
  ),
  ...([-1, 1] as const).map((down) => [0, down] as const),
];

/**
 * Where each name stands: beside its point, where it covers the least of points, of names before it, of what else is
 * drawn, and of what lies outside of the page. Each point keeps its place; the answer is the middle of its name.
 */
export function placeNames(
  points: readonly NamedPoint[],
  page: { readonly width: number; readonly height: number },
  drawn: readonly Box[],
): readonly NamedPoint[] {
  const taken: Box[] = [
    ...drawn,
    ...points.map(({ x, y }) => ({
      left: x - POINT_RADIUS,
      right: x + POINT_RADIUS,
      top: y - POINT_RADIUS,
      bottom: y + POINT_RADIUS,
    })),
  ];
  return points.map(({ name, x, y }) => {
    const width = Array.from(name).length * NAME_SIZE * LETTER;
    let best: { box: Box; cost: number } | null = null;
    for (const far of [1, 2]) {
      for (const [across, down] of SIDES) {
        const middleX =
          x +
          across * (width / 2 + far * (down === 0 ? DISTANCE : POINT_RADIUS));
        const middleY =
          y + down * (NAME_SIZE / 2 + far * (across === 0 ? DISTANCE : 3));
        const box = {
          left: middleX - width / 2,
          right: middleX + width / 2,
          top: middleY - NAME_SIZE / 2,
          bottom: middleY + NAME_SIZE / 2,
        };
        const cost =
          outside(box, page) +
          taken.reduce((sum, other) => sum + shared(box, other), 0);
        if (best === null || cost < best.cost) best = { box, cost };
      }
    }
    const { box } = best ?? { box: { left: x, right: x, top: y, bottom: y } };
    taken.push(box);
    return {
      name,
      x: (box.left + box.right) / 2,
      y: (box.top + box.bottom) / 2,
    };
  });
}

/** The area that two boxes share. */
const shared = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

const outside = (
  box: Box,
  { width, height }: { readonly width: number; readonly height: number },
): number =>
  (box.right - box.left) * (box.bottom - box.top) -
  shared(box, { left: 0, right: width, top: 0, bottom: height });
