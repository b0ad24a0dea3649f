import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import { NodeError } from '../../src/kind/kind.ts';
import { PATH_MARK, VARIANTS_MARK } from '../../src/kind/schema.ts';
import { dataset } from '../../src/nodes/dataset.ts';
import type { Json, JsonObject } from '../../src/util/json.ts';
import { runKind, type Heard } from '../support/run-kind.ts';

const run = (params: JsonObject, heard?: Heard) =>
  runKind(dataset, params, {}, heard === undefined ? {} : { heard });

const DIGIT_POOLS = {
  train: { images: 6000 },
  tune: { images: 1000 },
  test: { images: 3000 },
};

/** A source of each type, as a pipeline file has it. */
const SOURCES: Readonly<Record<string, JsonObject>> = {
  shapes: {
    type: 'shapes',
    content: 'source-pairs',
    label: 'class',
    seed: { train: 11, tune: 12, test: 13 },
    images: { train: 6000, tune: 2000, test: 3000 },
  },
  'fashion-mnist': {
    type: 'fashion-mnist',
    folder: '/usr/share/datasets/fashion-mnist',
    splits: {
      train: { from: 'train', images: 40000 },
      tune: { from: 'train' },
      test: { from: 'test' },
    },
    except: ['Bag', 9],
  },
  mnist: { type: 'mnist', classes: ['0', 1] },
  digits: { type: 'digits', splits: DIGIT_POOLS },
  idx: {
    type: 'idx',
    files: {
      train: {
        images: { path: '/images' },
        labels: { address: 'https://host/labels', sha256: '0'.repeat(64) },
      },
    },
    'class-names': ['one', 'two'],
  },
  composite: {
    type: 'composite',
    of: { type: 'digits', splits: DIGIT_POOLS },
    content: 'held-out-pairs',
    label: 'pair',
  },
};

/** JSON Schema of the variant that a source names, as a validator sees it. */
function variantValidator(source: JsonObject) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const schema = JSON.parse(JSON.stringify(dataset.params)) as {
    properties: {
      source: { [VARIANTS_MARK]: Record<string, object> };
    };
  };
  const variant =
    schema.properties.source[VARIANTS_MARK][source['type'] as string];
  assert.ok(variant !== undefined);
  return ajv.compile(variant);
}

/** Whether a source with its defaults filled in fits the schema of its variant. */
const fits = (source: JsonObject): boolean => {
  const filled = fillDefaults(dataset.params, { source }) as {
    source: JsonObject;
  };
  return variantValidator(source)(filled.source);
};

test('a source of each type fits its schema', () => {
  assert.deepEqual(
    Object.entries(SOURCES).map(([type, source]) => [type, fits(source)]),
    Object.keys(SOURCES).map((type) => [type, true]),
  );
  const types = Object.keys(
    (dataset.params.properties.source as unknown as Record<string, object>)[
      VARIANTS_MARK
    ]!,
  );
  assert.deepEqual(types.sort(), Object.keys(SOURCES).sort());
});

test('a type alone is enough wherever a source has all it needs', () => {
  for (const type of ['shapes', 'fashion-mnist', 'mnist', 'digits']) {
    assert.ok(fits({ type }), type);
  }
  assert.ok(fits({ type: 'composite', of: { type: 'digits' } }));
  assert.ok(!fits({ type: 'composite' }));
});

test('what no source takes does not fit', () => {
  const wrong: readonly JsonObject[] = [
    { type: 'shapes', images: { Train: 5 } },
    { type: 'shapes', images: { train: 0 } },
    { type: 'shapes', images: {} },
    { type: 'shapes', seed: -1 },
    { type: 'shapes', seed: { train: 1.5 } },
    { type: 'shapes', label: 'colour' },
    { type: 'digits', splits: { train: { from: 'train' } } },
    { type: 'mnist', splits: { train: { images: 5 } } },
    { type: 'mnist', splits: { train: { from: 'all' } } },
    { type: 'mnist', classes: [] },
    { type: 'idx', files: {} },
    {
      type: 'idx',
      files: { train: { images: { address: 'file:///etc', sha256: 'x' } } },
    },
    { type: 'composite', of: { type: 'digits' }, classes: 1 },
  ];
  assert.deepEqual(
    wrong.filter((source) => fits(source)),
    [],
  );
});

test('every parameter has a description', () => {
  const missing: string[] = [];
  const visit = (schema: Json, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties } = schema as {
      properties?: Record<string, JsonObject>;
    };
    for (const [name, property] of Object.entries(properties ?? {})) {
      if (!('const' in property) && property['description'] === undefined) {
        missing.push(`${path}.${name}`);
      }
    }
    for (const [name, value] of Object.entries(schema)) {
      visit(value, `${path}.${name}`);
    }
  };
  visit(JSON.parse(JSON.stringify(dataset.params)) as Json, 'params');
  assert.deepEqual(missing, []);
});

test('folders and files are paths: absolute when read, left out of the key', () => {
  const marked: string[] = [];
  const visit = (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (PATH_MARK in value) marked.push(name);
    for (const [key, child] of Object.entries(value)) visit(child, key);
  };
  const { properties } = JSON.parse(JSON.stringify(dataset.params)) as {
    properties: { source: Record<string, Record<string, object>> };
  };
  visit(properties.source[VARIANTS_MARK]!['idx'], 'idx');
  assert.deepEqual(marked, ['folder', 'path', 'path', 'path', 'path']);
});

test('the files of a source, and of what a composite is made of, are named', () => {
  const filesOf = (source: JsonObject): readonly string[] =>
    dataset.files?.(fillDefaults(dataset.params, { source }) as never) ?? [];
  assert.deepEqual(filesOf(SOURCES['shapes']!), []);
  assert.deepEqual(filesOf(SOURCES['digits']!), []);
  assert.deepEqual(filesOf({ type: 'mnist' }), []);
  assert.deepEqual(filesOf(SOURCES['idx']!), ['/images']);
  const folder = { type: 'mnist', folder: '/nowhere' };
  const expected = [
    '/nowhere/train-images-idx3-ubyte.gz',
    '/nowhere/train-labels-idx1-ubyte.gz',
    '/nowhere/t10k-images-idx3-ubyte.gz',
    '/nowhere/t10k-labels-idx1-ubyte.gz',
  ];
  assert.deepEqual(filesOf(folder), expected);
  assert.deepEqual(filesOf({ type: 'composite', of: folder }), expected);
});

test('the artifact holds images, labels and what they mean', async () => {
  const heard: Heard = { progress: [], log: [] };
  const made = await run(
    { source: { type: 'shapes', images: { train: 300, test: 20 } } },
    heard,
  );
  assert.equal(made.type, 'dataset');
  assert.deepEqual(Object.keys(made.arrays).sort(), ['images', 'labels']);
  assert.deepEqual(made.arrays['images']!.shape, [320, 24, 24, 3]);
  assert.equal(made.arrays['images']!.dtype, 'uint8');
  assert.deepEqual(made.arrays['labels']!.shape, [320]);
  assert.equal(made.arrays['labels']!.dtype, 'int32');
  assert.deepEqual(Object.keys(made.value).sort(), [
    'classNames',
    'imageShape',
    'license',
    'normalization',
    'source',
    'splits',
  ]);
  assert.deepEqual(heard.progress, [{ done: 256, total: 320, unit: 'image' }]);
  assert.deepEqual(heard.log, [
    '300 train, 20 test images of [24, 24, 3] in 36 classes',
  ]);
});

test('the normalisation of another data set can be asked for', async () => {
  const source = { type: 'shapes', images: { train: 1 } };
  const plain = await run({ source });
  const normalization = { mean: 0.1, deviation: 0.3 };
  const other = await run({ source, normalization });
  assert.deepEqual(plain.value.normalization, {
    mean: [0.5],
    deviation: [0.25],
  });
  assert.deepEqual(other.value.normalization, {
    mean: [0.1],
    deviation: [0.3],
  });
  assert.deepEqual(plain.arrays, other.arrays);
});

test('a composite of digits shows held-out pairs of digits', async () => {
  const { value, arrays } = await run({
    source: { ...SOURCES['composite'], images: { train: 20, test: 10 } },
  });
  assert.deepEqual(value.imageShape, [18, 28, 1]);
  assert.equal(value.classNames.length, 28);
  assert.match(value.classNames[0]!, /^\d \| \d$/);
  assert.match(
    value.source,
    /held-out-pairs labelled by pair, of: 10,000 digits/,
  );
  assert.deepEqual(arrays['images']!.shape, [30, 18, 28, 1]);
});

test('what is wrong with a source is a failure of the node', async () => {
  await assert.rejects(
    run({ source: { type: 'shapes', content: 'factors' } }),
    (error) =>
      error instanceof NodeError && /have no label "class"/.test(error.message),
  );
});

// A change of these digests is a change of the data: bump the kind's version, or mend the code.
test('each source yields the bytes that version 1 yields', async () => {
  const digest = async (source: JsonObject): Promise<string> => {
    const { value, arrays } = await run({ source });
    const hash = createHash('sha256').update(JSON.stringify(value));
    for (const name of ['images', 'labels']) {
      const { data } = arrays[name]!;
      hash.update(
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      );
    }
    return hash.digest('hex').slice(0, 16);
  };
  const images = { train: 30, tune: 10, test: 20 };
  assert.equal(dataset.version, 1);
  assert.deepEqual(
    {
      shapes: await digest({ type: 'shapes', images }),
      digits: await digest({
        type: 'digits',
        splits: { train: { images: 30 }, test: { images: 20 } },
      }),
      composite: await digest({
        type: 'composite',
        of: { type: 'digits' },
        images,
      }),
    },
    {
      shapes: '5a0ddb57301daeb6',
      digits: '8bdeff85a9760d55',
      composite: '18aa253f2d970dbf',
    },
  );
});
