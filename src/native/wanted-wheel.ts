import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { chooseRecipe, type Wanted } from './choose-recipe.ts';
import { sha256OfFile } from './fetch-wheel.ts';
import { InstallError } from './install-error.ts';
import type { Platform } from './platform.ts';
import type { Recipe } from './recipes.ts';
import { unpackWheel } from './unpack-wheel.ts';

/** What is wanted, and a file that somebody has fetched already. */
export interface WantedWheel extends Wanted {
  readonly from?: string | undefined;
}

/**
 * The recipe for what is wanted. A file says itself, by its bytes, which version it is.
 *
 * @throws {InstallError} if there is none for this machine, or if the file is none of the wheels that are known.
 */
export async function wantedRecipe(
  wanted: WantedWheel,
  platform: Platform,
  recipes: readonly Recipe[],
  signal: AbortSignal,
): Promise<Recipe> {
  const { backend, version, from } = wanted;
  if (from === undefined) return chooseRecipe(wanted, platform, recipes);
  if (statSync(from, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new InstallError(`There is no file "${from}".`, { mistaken: 'from' });
  }
  const sha256 = await sha256OfFile(from, signal);
  const known = recipes.filter((recipe) => recipe.wheel.sha256 === sha256);
  const fitting = known.find((recipe) => recipe.backend === backend);
  if (fitting === undefined || fitting.platform !== platform.name) {
    throw await otherWheel({ wanted, from, sha256, known, platform, recipes });
  }
  if (version !== undefined && version !== fitting.version) {
    throw new InstallError(
      `"${from}" is version ${fitting.version}, not ${version}. Leave out --version.`,
      { mistaken: 'from' },
    );
  }
  return chooseRecipe({ backend, version: fitting.version }, platform, recipes);
}

/** Why a file is not the wheel that is wanted. */
async function otherWheel(options: {
  readonly wanted: WantedWheel;
  readonly from: string;
  readonly sha256: string;
  readonly known: readonly Recipe[];
  readonly platform: Platform;
  readonly recipes: readonly Recipe[];
}): Promise<InstallError> {
  const { wanted, from, sha256, platform, recipes } = options;
  const [known] = options.known;
  if (known !== undefined) {
    return new InstallError(
      `"${from}" is the wheel of "${known.backend}" for ${known.platform}, and "${wanted.backend}" for ${platform.name} is wanted.`,
      { mistaken: 'from' },
    );
  }
  // That it is no wheel at all says more than that it is none of these.
  await unpackWheel({
    wheel: from,
    place: () => undefined,
    isKept: false,
    signal: new AbortController().signal,
  });
  const files = recipes
    .filter(
      (recipe) =>
        recipe.backend === wanted.backend && recipe.platform === platform.name,
    )
    .map(({ wheel }) => `"${wheel.file}" (SHA-256 ${wheel.sha256})`);
  return new InstallError(
    `"${basename(from)}" has SHA-256 ${sha256}, which is none of the wheels that this program knows for "${wanted.backend}" on ${platform.name}: ${files.join(', ') || 'there is none'}.`,
    { mistaken: 'from' },
  );
}
