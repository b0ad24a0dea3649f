import {
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorMessage } from '../../../util/error-message.ts';
import type { Binding, TensorMetadata } from '../binding.ts';
import { SERVE_TAG } from './saved-model.ts';
import type { Call } from './state-graph.ts';

/** Folders of graphs on their way into libtensorflow begin with this. */
const FOLDER_PREFIX = 'penultimate-graph-';

/** A graph in libtensorflow, with the variables that it holds. */
export class GraphSession {
  readonly #binding: Binding;
  readonly #session: number;

  /**
   * @param model the graph, as `encodeSavedModel` writes it.
   * @throws Error if there can be no temporary file, or libtensorflow refuses the graph.
   */
  constructor(binding: Binding, model: Uint8Array) {
    this.#binding = binding;
    this.#session = load(binding, model);
  }

  /** Feeds tensors, by their numbers, and fetches. */
  run({ feeds, fetches }: Call, ids: readonly number[]): TensorMetadata[] {
    return this.#binding.runSavedModel(
      this.#session,
      ids,
      feeds.join(),
      fetches.join(),
    );
  }

  dispose(): void {
    this.#binding.deleteSavedModel(this.#session);
  }
}

/** libtensorflow reads graphs from folders alone. This one is gone again before the call returns. */
function load(binding: Binding, savedModel: Uint8Array): number {
  const folder = makeFolder();
  removeOldFolders();
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModel);
    return binding.loadSavedModel(folder, SERVE_TAG);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), FOLDER_PREFIX));
  } catch (error) {
    throw new Error(
      `There can be no temporary folder in "${tmpdir()}" (${errorMessage(error)}), which the native backend needs. Set TMPDIR to a folder that can be written.`,
      { cause: error },
    );
  }
}

/** A graph is loaded within seconds: an older folder is that of a process which was killed just then. */
const OLD_MS = 3_600_000;

let hasLooked = false;

/** Removes what killed processes left, once in the life of this one. */
function removeOldFolders(): void {
  if (hasLooked) return;
  hasLooked = true;
  const now = performance.timeOrigin + performance.now();
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    try {
      if (now - statSync(folder).mtimeMs > OLD_MS) {
        rmSync(folder, { recursive: true, force: true });
      }
    } catch {
      // Another user's, or gone meanwhile.
    }
  }
}
