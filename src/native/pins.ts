import { CUDA_WHEELS, ZIG } from './extra-wheels.ts';
import { PACKAGES, type PinnedPackage } from './fetch-packages.ts';
import { RECIPES, type Recipe } from './recipes.ts';
import type { PinnedWheel } from './wheel-name.ts';

/** Everything that is ever fetched, by its bytes. */
export interface Pins {
  readonly recipes: readonly Recipe[];
  readonly packages: readonly PinnedPackage[];
  /** A compiler, by platform. */
  readonly zig: Readonly<Partial<Record<string, PinnedWheel>>>;
  readonly cuda: readonly PinnedWheel[];
}

/** What this program knows. */
export const PINS: Pins = {
  recipes: RECIPES,
  packages: PACKAGES,
  zig: ZIG,
  cuda: CUDA_WHEELS,
};
