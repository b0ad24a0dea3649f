import type { TObject } from '../util/type.ts';
import { digitsSource } from './digits.ts';
import { fashionMnistSource } from './fashion-mnist.ts';
import { idxSource } from './idx.ts';
import type {
  ImageSet,
  ImageSource,
  LoadContext,
  PathSchema,
} from './image-set.ts';
import { mnistSource } from './mnist.ts';
import { shapes } from './shapes/shapes.ts';

/** Sources of stored images by name: what a composite can be made of. Adding one is a file and a line here. */
export const storedSources = (path: PathSchema) => ({
  'fashion-mnist': fashionMnistSource(path),
  mnist: mnistSource(path),
  digits: digitsSource,
  idx: idxSource(path),
});

/** Sources that paint their images. */
export const paintedSources = { shapes };

/** A table of sources. */
export type Sources = Readonly<Record<string, AnySource>>;

/** A source whose settings' type is forgotten. */
export type AnySource = Pick<ImageSource, 'settings' | 'side'> & {
  files(settings: never): readonly string[];
  load(settings: never, context: LoadContext): Promise<ImageSet>;
};

/** The settings of each source of a table, by its name. */
export const settingsOf = <S extends Sources>(
  sources: S,
): { readonly [K in keyof S]: S[K]['settings'] } =>
  Object.fromEntries(
    Object.entries(sources).map(([name, { settings }]) => [name, settings]),
  ) as Record<string, TObject> as { [K in keyof S]: S[K]['settings'] };

/** The source that `type` names. The settings were checked against that source's schema, which is what `never` hides. */
const named = (sources: Sources, type: string): AnySource => {
  const source = sources[type];
  if (source === undefined) {
    throw new Error(`Internal error: no image source "${type}"`);
  }
  return source;
};

/** Rows of the images of a source, or null where only its files tell. */
export const sideOf = (
  sources: Sources,
  { type }: { readonly type: string },
): number | null => sources[type]?.side ?? null;

/** Local files that a source will read. */
export const filesOf = (
  sources: Sources,
  settings: { readonly type: string },
): readonly string[] => named(sources, settings.type).files(settings as never);

/** Images of the source that `type` names. */
export const loadImages = (
  sources: Sources,
  settings: { readonly type: string },
  context: LoadContext,
): Promise<ImageSet> =>
  named(sources, settings.type).load(settings as never, context);
