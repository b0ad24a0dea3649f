import { tmpdir } from 'node:os';
import type {
  Artifact,
  ArtifactType,
  NewArtifact,
} from '../../src/artifact/artifact.ts';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import type { AnyKind, Checkpoints, Progress } from '../../src/kind/kind.ts';
import { openBackend } from '../../src/tensor/backend.ts';
import type {
  DType,
  ElementArrays,
  NdArrayOf,
} from '../../src/tensor/nd-array.ts';
import type { JsonObject } from '../../src/util/json.ts';

/** A new artifact as the next node would see it. */
export function asInput<T extends ArtifactType>(
  made: NewArtifact<T>,
): Artifact<T> {
  const arrayOf = <D extends DType>(name: string, dtype: D): NdArrayOf<D> => {
    const array = made.arrays[name];
    if (array?.dtype !== dtype) throw new Error(`no ${dtype} array "${name}"`);
    return array as unknown as NdArrayOf<D>;
  };
  return {
    type: made.type,
    value: made.value,
    arrayNames: Object.keys(made.arrays).sort(),
    array: arrayOf,
    *pieces<D extends DType>(name: string, dtype: D, from: number, to: number) {
      const data = arrayOf(name, dtype).data as ElementArrays[D];
      // Two pieces, which need not end where rows do.
      const middle = from + Math.floor((to - from) / 2);
      yield data.subarray(from, middle) as ElementArrays[D];
      yield data.subarray(middle, to) as ElementArrays[D];
    },
  };
}

/** What `runKind` heard while the kind ran. */
export interface Heard {
  readonly progress: Progress[];
  readonly log: string[];
}

/** For kinds whose checkpoints a test does not look at. */
const NO_CHECKPOINTS: Checkpoints = {
  load: () => Promise.resolve(null),
  isDue: () => false,
  save: () => Promise.resolve(),
  leave: () => undefined,
};

/** Runs one kind on artifacts in memory, with defaults filled in, on the embedded backend. */
export async function runKind<K extends AnyKind>(
  kind: K,
  params: JsonObject,
  inputs: Readonly<Record<string, unknown>>,
  options: {
    readonly signal?: AbortSignal;
    readonly heard?: Heard;
    readonly checkpoints?: Checkpoints;
  } = {},
): Promise<Awaited<ReturnType<K['run']>>> {
  const context = {
    params: fillDefaults(kind.params, params),
    inputs,
    signal: options.signal ?? new AbortController().signal,
    downloads: tmpdir(),
    backend: () => openBackend('wasm'),
    progress: (progress: Progress) => {
      options.heard?.progress.push(progress);
    },
    checkpoints: options.checkpoints ?? NO_CHECKPOINTS,
    log: (line: string) => {
      options.heard?.log.push(line);
    },
  };
  return (await kind.run(context as never)) as Awaited<ReturnType<K['run']>>;
}
