import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Registry } from '../../src/kind/registry.ts';
import { nodeKinds } from '../../src/nodes/index.ts';
import { loadPlan, type LoadedPlan } from '../../src/pipeline/load-plan.ts';
import type { Plan, PlannedInput } from '../../src/pipeline/plan.ts';
import { errorMessage } from '../../src/util/error-message.ts';
import type { Json, JsonObject } from '../../src/util/json.ts';
import { fakeRegistry } from '../support/fake-kinds.ts';
import { projectRoot } from '../support/project.ts';
import { expectedOf } from '../support/sample.ts';

/** A pipeline as data: JSON is YAML. */
interface Files {
  readonly main: JsonObject;
  readonly included: JsonObject;
  readonly profiles: readonly string[];
  readonly sets: readonly string[];
}

const NUMBERS = ['0.1', '1e-4', '2.50', '7'];

/** Random pipelines in which nothing is wrong: several axes, one of them zipped, families over some of them, overlays. */
const anyFiles: fc.Arbitrary<Files> = fc
  .record({
    losses: fc.uniqueArray(
      fc.constantFrom('softmax', 'smooth', 'cos.1', 'x-2'),
      {
        minLength: 2,
        maxLength: 4,
      },
    ),
    seeds: fc.uniqueArray(fc.nat(20), { minLength: 2, maxLength: 3 }),
    pairs: fc.integer({ min: 1, max: 3 }),
    alpha: fc.double({ min: 0, max: 0.9, noNaN: true }),
    label: fc.string({ maxLength: 12 }),
    epochs: fc.integer({ min: 3, max: 9 }),
    rate: fc.constantFrom(...NUMBERS),
    bound: fc.constantFrom('train[loss, seed]', 'train[seed, loss]'),
    renames: fc.boolean(),
    excludes: fc.boolean(),
    atEpoch: fc.boolean(),
    folder: fc.constantFrom('data', './data/x', '/data', '../d'),
    profile: fc.constantFrom('none', 'less', 'more', 'both'),
    isSet: fc.boolean(),
  })
  .map((draw) => {
    const [firstSeed = 0, secondSeed = 1] = draw.seeds;
    const lastLoss = draw.losses.at(-1) ?? '';
    const losses: JsonObject = Object.fromEntries(
      draw.losses.map((loss, index) => [
        loss,
        index % 2 === 0
          ? { type: 'smoothing', alpha: draw.alpha }
          : { type: 'softmax' },
      ]),
    );
    const pairs: JsonObject = Object.fromEntries(
      Array.from({ length: draw.pairs }, (_, index) => [
        `p${index}`,
        { left: firstSeed, right: String(secondSeed), at: index + 1 },
      ]),
    );
    const second = draw.renames ? 's in seed' : 'seed';
    const seedOf = draw.renames ? 'seed=s' : 'seed';
    const own = draw.renames ? 's' : 'seed';
    const exclusion: JsonObject = draw.excludes
      ? { exclude: [{ loss: lastLoss, [own]: firstSeed }] }
      : {};
    return {
      included: {
        pipeline: 1,
        axes: { pair: pairs },
        nodes: {
          data: {
            kind: 'source',
            params: { folder: draw.folder, files: ['a', draw.folder] },
          },
        },
      },
      main: {
        pipeline: 1,
        name: 'random',
        include: ['included.yaml'],
        axes: {
          loss: losses,
          seed: [...draw.seeds],
          place: { here: draw.folder, there: './there' },
        },
        nodes: {
          [draw.bound]: {
            kind: 'train',
            inputs: { data: 'data' },
            params: {
              loss: '${loss}',
              seed: '${seed}',
              epochs: draw.epochs,
              rate: Number(draw.rate),
              label: draw.label.replaceAll('${', ''),
            },
          },
          [`layers[loss, ${second}]`]: {
            kind: 'extract',
            inputs: {
              model: `train[loss, ${seedOf}]${draw.atEpoch ? '@epoch=2' : ''}`,
              data: 'data',
            },
            ...exclusion,
          },
          [`scores[loss, ${second}]`]: {
            kind: 'compare',
            inputs: {
              left: `layers[loss, ${own}]`,
              right: `layers[loss, ${own}]`,
            },
            ...exclusion,
          },
          'zipped[loss, pair]': {
            kind: 'extract',
            inputs: {
              model: `train[loss, seed=pair.left]${draw.atEpoch ? '@epoch=pair.at' : ''}`,
              data: 'data',
            },
          },
          // Settings that are picked: whole mappings, paths, at an epoch.
          [`best[${second}]`]: {
            kind: 'tune',
            inputs: { candidates: `train[loss=*, ${seedOf}]` },
            params: { over: ['loss'] },
          },
          [`final[${second}]`]: {
            kind: 'train',
            inputs: { data: 'data' },
            settings: `best[${own}]`,
            params: { loss: '${loss}', seed: `\${${own}}`, epochs: 4 },
          },
          'placed[place]': {
            kind: 'train',
            inputs: { data: 'data' },
            params: { epochs: 3 },
          },
          'best-place': {
            kind: 'tune',
            inputs: { candidates: 'placed[place=*]' },
            params: { over: ['place'] },
          },
          elsewhere: {
            kind: 'source',
            settings: 'best-place',
            params: { folder: '${place}' },
          },
          all: {
            kind: 'table',
            inputs: {
              scores: `scores[loss=*, ${own}=*]`,
              models: [
                'train[loss=*, seed=*]',
                'train[loss=*, seed=*]@epoch=1',
                `final[${own}=*]`,
                `final[${own}=*]@epoch=2`,
              ],
            },
          },
        },
        profiles: {
          less: { axes: { loss: { [lastLoss]: null } } },
          more: {
            axes: { seed: [...draw.seeds, 99] },
            nodes: { train: { params: { rate: 0.5, flip: true } } },
          },
        },
      },
      profiles:
        draw.profile === 'none'
          ? []
          : draw.profile === 'both'
            ? ['less', 'more']
            : [draw.profile],
      sets: draw.isSet ? ['train.params.weight-decay=1e-3'] : [],
    };
  });

/** The same with the keys of every mapping in another order. */
function shuffled(value: Json, turn: () => number): Json {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item) => shuffled(item, turn));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as JsonObject).map(
    ([key, item]) => [turn(), key, shuffled(item, turn)] as const,
  );
  entries.sort(([left], [right]) => left - right);
  return Object.fromEntries(entries.map(([, key, item]) => [key, item]));
}

function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'penultimate-properties-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function load(
  file: string,
  options: {
    readonly profiles?: readonly string[];
    readonly sets?: readonly string[];
  } = {},
  registry: Registry = fakeRegistry(),
): LoadedPlan {
  const { profiles = [], sets = [] } = options;
  const loaded = loadPlan({ file, profiles, sets, registry });
  if (loaded.ok) return loaded.value;
  throw new Error(loaded.error.map(({ message }) => message).join('\n'));
}

function write(
  folder: string,
  files: Pick<Files, 'main' | 'included'>,
): string {
  writeFileSync(join(folder, 'included.yaml'), JSON.stringify(files.included));
  const file = join(folder, 'main.yaml');
  writeFileSync(file, JSON.stringify(files.main));
  return file;
}

const fedBy = (input: PlannedInput): Json =>
  input.type === 'single'
    ? input.node
    : input.members.map(({ family, coordinates, node }) => ({
        family,
        coordinates,
        node,
      }));

/** All of a plan but where it is written. */
const essence = ({ name, nodes, claims }: Plan): JsonObject => ({
  name,
  // An exception for a row that a profile has removed excepts nothing, and is not printed.
  claims: JSON.parse(
    JSON.stringify(claims, (key, value: Json) =>
      key === 'except' ? undefined : value,
    ),
  ) as Json,
  nodes: Object.fromEntries(
    Array.from(nodes.values(), (node) => [
      node.name,
      {
        family: node.family,
        coordinates: node.coordinates,
        kind: node.kind,
        params:
          node.params ??
          ({
            from: node.picks.from,
            picked: Object.fromEntries(node.picks.params),
          } satisfies JsonObject),
        inputs: Object.fromEntries(
          Object.entries(node.inputs).map(([slot, input]) => [
            slot,
            fedBy(input),
          ]),
        ),
      },
    ]),
  ),
});

/** Loads what a plan is printed as, from a folder of its own. */
function reread(loaded: LoadedPlan, registry?: Registry): LoadedPlan {
  const text = loaded.print();
  return withFolder((folder) => {
    const file = join(folder, 'printed.yaml');
    writeFileSync(file, text);
    try {
      return load(file, {}, registry);
    } catch (error) {
      throw new Error(`${errorMessage(error)}\n${text}`, { cause: error });
    }
  });
}

test('the order of keys makes no difference to what a file expands to', () => {
  fc.assert(
    fc.property(anyFiles, fc.infiniteStream(fc.nat()), (files, turns) => {
      const turn = (): number =>
        (turns.next().value as number | undefined) ?? 0;
      withFolder((folder) => {
        const plan = essence(load(write(folder, files), files).plan);
        const other = {
          main: shuffled(files.main, turn) as JsonObject,
          included: shuffled(files.included, turn) as JsonObject,
        };
        assert.deepEqual(essence(load(write(folder, other), files).plan), plan);
      });
    }),
    { numRuns: 60 },
  );
});

test('a printed plan, read back, is the same plan, in the same order', () => {
  fc.assert(
    fc.property(anyFiles, (files) => {
      withFolder((folder) => {
        const loaded = load(write(folder, files), files);
        const again = reread(loaded);
        assert.deepEqual(essence(again.plan), essence(loaded.plan));
        assert.deepEqual(
          [...again.plan.nodes.keys()],
          [...loaded.plan.nodes.keys()],
        );
        assert.equal(again.print(), loaded.print());
      });
    }),
    { numRuns: 60 },
  );
});

test('every sample in which nothing is wrong is printed as a file that means the same', () => {
  const samples = join(projectRoot, 'test/samples');
  let printed = 0;
  for (const sample of readdirSync(samples)) {
    const { profiles = [], sets = [] } = expectedOf(join(samples, sample));
    const loaded = loadPlan({
      file: join(samples, sample, 'pipeline.yaml'),
      ...{ profiles, sets },
      registry: fakeRegistry(),
    });
    if (!loaded.ok) continue;
    printed += 1;
    assert.deepEqual(
      essence(reread(loaded.value).plan),
      essence(loaded.value.plan),
      sample,
    );
  }
  assert.ok(printed > 20, String(printed));
});

test('so is every pipeline that comes with the program', () => {
  const folder = join(projectRoot, 'pipelines');
  const registry = new Registry(nodeKinds);
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.yaml')) continue;
    for (const profiles of [[], ['smoke']]) {
      const loaded = load(join(folder, name), { profiles }, registry);
      assert.deepEqual(
        essence(reread(loaded, registry).plan),
        essence(loaded.plan),
        name,
      );
    }
  }
});
