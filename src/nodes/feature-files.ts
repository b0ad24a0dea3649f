import {
  ArrayFile,
  type OpenOptions,
} from '../artifact/array-files/array-file.ts';
import type { StoredArray } from '../artifact/array-files/stored-array.ts';
import type { FeaturesValue } from '../artifact/features.ts';
import { NodeError } from '../kind/kind.ts';
import { knownName, openSets, type ArraySet } from './array-sets.ts';
import { chooseClasses } from './feature-labels.ts';
import { quoted } from './feature-matrix.ts';
import { chooseSplits, type SplitRows } from './feature-splits.ts';
import type { FeaturesParams } from './features-params.ts';
import { savedFeatures } from './saved-features.ts';

/** A layer as it lies in the files: parts one after the other, each with its rows in the order that they are to have. */
export interface FeatureLayer {
  readonly name: string;
  readonly width: number;
  readonly parts: readonly {
    readonly array: StoredArray;
    readonly rows: Int32Array;
  }[];
}

/** Everything that the files say, features not yet read. */
export interface FeatureFiles extends Disposable {
  readonly layers: readonly FeatureLayer[];
  /** In the order of the rows. */
  readonly labels: Int32Array;
  readonly value: FeaturesValue;
}

/** Our own files have this before the names of layers. */
const LAYER_PREFIX = 'layer:';

/**
 * Opens the files, and reads everything but the features.
 *
 * @throws {ArrayFileError} or {NodeError} if files or parameters don't fit together.
 */
export async function readFeatureFiles(
  params: FeaturesParams,
  options: OpenOptions,
): Promise<FeatureFiles> {
  const open: ArrayFile[] = [];
  const close = (): void => {
    for (const file of open) file[Symbol.dispose]();
  };
  try {
    const sets = openSets(params.source, (path) => {
      const file = ArrayFile.open(path, options);
      open.push(file);
      return file;
    });
    return { ...(await describe(sets, params)), [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

async function describe(
  sets: readonly ArraySet[],
  params: FeaturesParams,
): Promise<Omit<FeatureFiles, typeof Symbol.dispose>> {
  const labelArrays = await Promise.all(
    sets.map((set) => labelArray(set, params.labels)),
  );
  const saved = savedFeatures(sets, labelArrays[0]?.rows ?? 0);
  const splits = await chooseSplits(sets, labelArrays, params, saved);
  const { classNames, labels } = chooseClasses(labelArrays, splits, {
    asked: params['class-names'] ?? saved?.classNames,
  });
  const layers: FeatureLayer[] = [];
  for (const name of layerNames(sets[0], params, saved)) {
    layers.push(await openLayer(name, sets, labelArrays, splits));
  }
  const ranges: Record<string, { start: number; end: number }> = {};
  let start = 0;
  for (const { name, rows } of splits) {
    ranges[name] = { start, end: start + rows.length };
    start += rows.length;
  }
  return {
    layers,
    labels,
    value: {
      layers: layers.map(({ name, width }) => ({
        name,
        width,
        pooling:
          saved?.layers.find((layer) => layer.name === name)?.pooling ?? 'none',
      })),
      classNames,
      splits: ranges,
    },
  };
}

async function labelArray(set: ArraySet, name: string): Promise<StoredArray> {
  const labels = await set.array(knownName('"labels"', name, set));
  if (labels.shape.length !== 1) {
    throw new NodeError(
      `${labels.what} is ${labels.description}; labels must be [examples].`,
    );
  }
  if (labels.rows === 0) throw new NodeError(`${labels.what} is empty.`);
  return labels;
}

/** Layers as the user knows them, without the prefix of our own files. */
function layerNames(
  set: ArraySet | undefined,
  params: FeaturesParams,
  saved: FeaturesValue | undefined,
): readonly string[] {
  if (params.layers !== undefined) return params.layers;
  if (saved !== undefined) return saved.layers.map(({ name }) => name);
  const names = (set?.names ?? [])
    .filter((name) => name !== params.labels && name !== params.split)
    .map((name) =>
      name.startsWith(LAYER_PREFIX) ? name.slice(LAYER_PREFIX.length) : name,
    );
  if (names.length === 0) {
    throw new NodeError(
      `There are no layers in ${set?.where ?? 'nothing'}, which has ${quoted(set?.names ?? [])}.`,
    );
  }
  return names;
}

async function openLayer(
  name: string,
  sets: readonly ArraySet[],
  labelArrays: readonly StoredArray[],
  splits: readonly SplitRows[],
): Promise<FeatureLayer> {
  const arrays: StoredArray[] = [];
  for (const [index, set] of sets.entries()) {
    const prefixed = LAYER_PREFIX + name;
    const array = await set.array(
      set.names.includes(prefixed)
        ? prefixed
        : knownName('"layers"', name, set),
    );
    const examples = labelArrays[index]?.rows ?? 0;
    if (array.shape.length < 2 || array.width === 0) {
      throw new NodeError(
        `${array.what} is ${array.description}; a layer must be [examples, features]. Arrays that are no layers are left out by "layers".`,
      );
    }
    if (array.rows !== examples) {
      throw new NodeError(
        `${array.what} is ${array.description}, but there are ${examples} labels: a layer must have a row for each.`,
      );
    }
    if (array.type.kind === 'text') {
      throw new NodeError(`${array.what} holds texts, which are no features.`);
    }
    const [first = array] = arrays;
    if (array.width !== first.width) {
      throw new NodeError(
        `${array.what} is ${array.description} and ${first.what} ${first.description}: a layer must have the same features in all splits.`,
      );
    }
    arrays.push(array);
  }
  const [first] = arrays;
  if (first === undefined) throw new Error('Internal error: no array');
  return {
    name,
    width: first.width,
    parts: splits.map(({ set, rows }) => ({
      array: arrays[set] ?? first,
      rows,
    })),
  };
}
