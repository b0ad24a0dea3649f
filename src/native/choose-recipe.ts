import { InstallError } from './install-error.ts';
import type { NativeName } from './locate.ts';
import { isAtLeast, type Platform } from './platform.ts';
import type { Recipe } from './recipes.ts';

/** What somebody wants to have installed. */
export interface Wanted {
  readonly backend: NativeName;
  /** The newest that runs here, where not given. */
  readonly version?: string | undefined;
}

const list = (words: readonly string[]): string => words.join(', ');

/**
 * The wheel for a machine: the version that is asked for, else the newest that its glibc allows.
 *
 * @throws {InstallError} if there is none; the message says what there is.
 */
export function chooseRecipe(
  { backend, version }: Wanted,
  platform: Platform,
  recipes: readonly Recipe[],
): Recipe {
  const own = recipes.filter((recipe) => recipe.backend === backend);
  const here = own.filter((recipe) => recipe.platform === platform.name);
  if (here.length === 0) {
    throw new InstallError(
      `There is no libtensorflow for "${backend}" on ${platform.name}; it is known for ${list([...new Set(own.map((recipe) => recipe.platform))])}. ${elsewhere(platform.name)}`,
    );
  }
  if (platform.libc.type === 'other') {
    throw new InstallError(
      `The C library of this system is not glibc, and libtensorflow is built for no other (it may be musl, as on Alpine). Use a system with glibc, such as Debian, or the backend "wasm", which runs anywhere.`,
    );
  }
  const named = here.filter(
    (recipe) => version === undefined || recipe.version === version,
  );
  if (named.length === 0) {
    throw new InstallError(
      `Version "${version ?? ''}" of "${backend}" is not known on ${platform.name}. Known versions: ${list(here.map((recipe) => recipe.version))}.`,
      { mistaken: 'version' },
    );
  }
  const fitting = named.find((recipe) => fits(recipe, platform));
  if (fitting !== undefined) return fitting;
  const found = platform.libc.type === 'glibc' ? platform.libc.version : '';
  const other = here.find((recipe) => fits(recipe, platform));
  throw new InstallError(
    `Version ${named.map((recipe) => `${recipe.version} needs glibc ${recipe.glibc ?? ''}`).join(', ')}, and this system has ${found}. ${
      other === undefined
        ? 'There is none for a glibc that old: use a newer system, or the backend "wasm", which runs anywhere.'
        : `Version ${other.version} would do: pipeline backend install ${backend} --version ${other.version}`
    }`,
  );
}

const fits = ({ glibc }: Recipe, { libc }: Platform): boolean =>
  glibc === undefined ||
  (libc.type === 'glibc' && isAtLeast(libc.version, glibc));

const elsewhere = (platform: string): string =>
  platform.startsWith('win32')
    ? 'Use the Windows Subsystem for Linux, or the backend "wasm", which runs anywhere.'
    : 'The backend "wasm" runs anywhere.';
