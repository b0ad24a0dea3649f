import type { Artifact } from '../artifact/artifact.ts';
import { encodeArtifact, openArtifact } from '../artifact/codec.ts';
import { readManifest } from '../artifact/codec-manifest.ts';
import { storeStreams } from '../artifact/store-streams.ts';
import type { NewEntry, Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { describeEnvironment, timeOfDay } from '../fingerprint/environment.ts';
import { settingsDigest } from '../fingerprint/node-key.ts';
import { NodeError, type Progress } from '../kind/kind.ts';
import type { Registry } from '../kind/registry.ts';
import type { Backend } from '../tensor/backend.ts';
import { errorMessage } from '../util/error-message.ts';
import { NodeCheckpoints } from './checkpoints.ts';
import { NodeLog } from './node-log.ts';
import { isOutOfMemory, OUT_OF_MEMORY_HELP } from './out-of-memory.ts';
import type { NodeTask, TaskInput, TaskResult } from './protocol.ts';
import {
  encodePointer,
  encodeRecord,
  latestName,
  RECORD_VERSION,
} from './record.ts';

/** What a node is run with. */
export interface RunNodeOptions {
  readonly task: NodeTask;
  readonly registry: Registry;
  readonly store: Store;
  /** A folder for files that are fetched once. */
  readonly downloads: string;
  readonly openBackend: () => Promise<Backend>;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** Told what went wrong without stopping the node, in a sentence. */
  readonly warn: (message: string) => void;
  /** Seconds of work between two checkpoints. */
  readonly checkpointSeconds: number;
  /** What native code has printed since the node started. */
  readonly printed: () => string;
}

/** A node that was computed and is not stored yet. */
export interface Computed {
  readonly type: 'computed';
  readonly entry: NewEntry;
  readonly sizeBytes: number;
  readonly continuedFrom: number | null;
  readonly seconds: number;
}

/** Computes a node: inputs read, run, checked, encoded. A failure is an answer, never a rejection. */
export async function computeNode(
  options: RunNodeOptions,
): Promise<Computed | Exclude<TaskResult, { readonly type: 'stored' }>> {
  const { signal } = options;
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  try {
    const computed = await compute(options, seconds);
    return { type: 'computed', ...computed, seconds: seconds() };
  } catch (error) {
    // Whatever a kind throws on its way out of an interrupted loop.
    if (signal.aborted) return { type: 'stopped' };
    return failureOf(error, seconds());
  }
}

/**
 * Stores nodes that were computed, and says how each ended: as stored when its record is durable. What can't be written
 * is a failure, never a rejection.
 */
export async function storeNodes(
  store: Store,
  computed: readonly Computed[],
): Promise<readonly TaskResult[]> {
  const started = performance.now();
  const seconds = (own: Computed): number =>
    own.seconds + (performance.now() - started) / 1000 / computed.length;
  try {
    await store.put(...computed.map(({ entry }) => entry));
    return computed.map((own) => ({
      type: 'stored',
      content: own.entry.content,
      sizeBytes: own.sizeBytes,
      continuedFrom: own.continuedFrom,
      seconds: seconds(own),
    }));
  } catch (error) {
    return computed.map((own) => failureOf(error, seconds(own)));
  }
}

/** A failure as the answer to a task. */
export const failureOf = (
  error: unknown,
  seconds: number,
): TaskResult & { readonly type: 'failed' } => ({
  type: 'failed',
  message: describe(error),
  stack: error instanceof Error ? (error.stack ?? null) : null,
  seconds,
});

/** Computes a node and stores it. */
export async function runNode(options: RunNodeOptions): Promise<TaskResult> {
  const computed = await computeNode(options);
  if (computed.type !== 'computed') return computed;
  const [result] = await storeNodes(options.store, [computed]);
  if (result === undefined) throw new Error('Internal error: no result');
  return result;
}

async function compute(
  options: RunNodeOptions,
  seconds: () => number,
): Promise<Pick<Computed, 'entry' | 'sizeBytes' | 'continuedFrom'>> {
  const { task, registry, store, signal } = options;
  const kind = registry.get(task.kind);
  if (kind === undefined) {
    throw new Error(`Internal error: the worker has no kind "${task.kind}"`);
  }
  signal.throwIfAborted();
  const log = new NodeLog();
  let backend: Backend | undefined;
  const backendFacts = (): Readonly<Record<string, string>> =>
    backend === undefined ? {} : { name: backend.name, ...backend.facts };
  const checkpoints = new NodeCheckpoints({
    store,
    key: task.key,
    earlier: task.course?.earlier ?? [],
    node: task.node,
    signal,
    intervalSeconds: options.checkpointSeconds,
    log,
    backend: backendFacts,
    seconds,
    warn: options.warn,
  });
  let resumedFrom: number | undefined;
  // The plan was checked against the kind's schema and slots, which is what its `run` is typed by.
  const made = await kind.run({
    params: task.params,
    inputs: openInputs(store, task.inputs),
    signal,
    downloads: options.downloads,
    backend: async () => (backend ??= await options.openBackend()),
    progress: (progress: Progress) => {
      if (checkpoints.isResumed) resumedFrom ??= progress.done;
      options.progress(
        resumedFrom === undefined ? progress : { ...progress, resumedFrom },
      );
    },
    checkpoints,
    log: (line: string) => {
      log.add(line);
    },
  } as never);
  // An interrupted loop may have returned early instead of throwing: half a result is none.
  signal.throwIfAborted();
  if (made.type !== kind.output) {
    throw new Error(
      `Internal error: kind "${kind.name}" returned a ${made.type} instead of a ${kind.output}`,
    );
  }
  const streamed = await storeStreams(made, store);
  signal.throwIfAborted();
  const encoded = encodeArtifact(made, streamed);
  const { left: checkpoint, continuedFrom } = checkpoints;
  const course = checkpoint === undefined ? undefined : task.course?.name;
  const record = {
    version: RECORD_VERSION,
    pipeline: task.pipeline,
    node: task.node,
    parts: task.parts,
    ...(course === undefined ? {} : { course }),
    ...(continuedFrom === null ? {} : { continuedFrom }),
    content: encoded.content,
    sizeBytes: encoded.sizeBytes,
    seconds: checkpoints.secondsInAll,
    finishedAt: timeOfDay(),
    log: log.lines,
    printed: options.printed(),
    environment: describeEnvironment(backendFacts()),
  };
  const pointer = encodePointer({ key: task.key, seconds: record.seconds });
  const entry = {
    key: task.key,
    record: encodeRecord(record),
    content: encoded.content,
    manifest: encoded.manifest,
    chunks: encoded.chunks,
    pointers: new Map([
      [latestName(task.pipeline, task.node), pointer],
      [settingsDigest(task.parts), pointer],
      ...(course === undefined ? [] : [[course, pointer] as const]),
    ]),
    checkpoint,
  };
  return { entry, sizeBytes: encoded.sizeBytes, continuedFrom };
}

function openInputs(
  store: Store,
  inputs: Readonly<Record<string, TaskInput>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([slot, input]) => [
      slot,
      input.type === 'single'
        ? openContent(store, slot, input.content)
        : input.members.map(({ coordinates, content }) => ({
            coordinates,
            artifact: openContent(store, slot, content),
          })),
    ]),
  );
}

function openContent(store: Store, slot: string, content: Digest): Artifact {
  const manifest = readManifest(store, content);
  if (manifest.state === 'present') return openArtifact(store, manifest.value);
  throw new NodeError(
    `What feeds "${slot}" is ${manifest.state === 'absent' ? 'no longer in the cache' : `damaged in the cache (${manifest.why})`}. Run again to compute it anew.`,
  );
}

/** A failure in a sentence. Errors that no kind meant for the user keep the name that tells what they are. */
function describe(error: unknown): string {
  const message = errorMessage(error);
  if (isOutOfMemory(message)) {
    return `Memory ran out: ${message.replace(/\.$/, '')}. ${OUT_OF_MEMORY_HELP}`;
  }
  return error instanceof Error &&
    ['TypeError', 'ReferenceError', 'RangeError'].includes(error.name)
    ? `${error.name}: ${message}`
    : message;
}
