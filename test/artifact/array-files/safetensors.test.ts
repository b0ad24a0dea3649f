import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ArrayFileError } from '../../../src/artifact/array-files/array-file-error.ts';
import { encodeSafetensors } from '../../../src/artifact/safetensors.ts';
import { ndArray } from '../../../src/tensor/nd-array.ts';
import { float64Bytes, safetensorsBytes } from '../../support/array-bytes.ts';
import { readArrays } from '../../support/array-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a file of the Python package is read', async (context) => {
  // safetensors 0.8.0: pool = [[1.5, -2], [0.25, 1000], [3, -0.5]] as float16, labels = [2, 0, 1] as int64, metadata {by: hand}.
  const bytes = Buffer.from(
    'mAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJieSI6ImhhbmQifSwibGFiZWxzIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbMCwyNF19LCJwb29sIjp7ImR0eXBlIjoiRjE2Iiwic2hhcGUiOlszLDJdLCJkYXRhX29mZnNldHMiOlsyNCwzNl19fSAgIAIAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAA+AMAANNBjAEIAuA==',
    'base64',
  );
  assert.deepEqual(await readArrays(temporaryFolder(context), bytes), {
    labels: { shape: [3], content: [2, 0, 1] },
    pool: { shape: [3, 2], content: [1.5, -2, 0.25, 1000, 3, -0.5] },
  });
});

test('what encodeSafetensors writes is read back, with or without metadata', async (context) => {
  const arrays = {
    odd: ndArray('uint8', [3], Uint8Array.of(1, 2, 255)),
    wide: ndArray('float64', [1, 2], Float64Array.of(Math.PI, -0.5)),
    labels: ndArray('int32', [2], Int32Array.of(-7, 9)),
    none: ndArray('float32', [0, 4], new Float32Array(0)),
  };
  const expected = Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data }]) => [
      name,
      { shape, content: [...data] },
    ]),
  );
  for (const metadata of [{}, { note: 'a "text"' }]) {
    const bytes = encodeSafetensors(arrays, metadata);
    const read = await readArrays(temporaryFolder(context), bytes);
    assert.deepEqual(read, expected);
  }
});

test('bfloat16 is the upper half of float32', async (context) => {
  const data = Buffer.alloc(6);
  [0x3fc0, 0xc2f7, 0x0001].forEach((bits, i) =>
    data.writeUInt16LE(bits, 2 * i),
  );
  const bytes = safetensorsBytes(
    { x: { dtype: 'BF16', shape: [3], data_offsets: [0, 6] } },
    data,
  );
  const { x } = await readArrays(temporaryFolder(context), bytes);
  assert.deepEqual(x?.content, [1.5, -123.5, 2 ** -133]);
});

const entry = (more: object) => ({
  x: { dtype: 'F64', shape: [2], data_offsets: [0, 16], ...more },
});
const data = float64Bytes([1, 2]);
const WRONG: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    'too short for a length',
    Uint8Array.of(1, 2),
    /is none of \.npy, \.npz and \.safetensors: it is too short\.$/,
  ],
  [
    'text',
    Buffer.from('label,feature\n1,2\n3,4\n'),
    /is none of \.npy, \.npz and \.safetensors, or it is truncated/,
  ],
  ['no JSON', safetensorsBytes('{"x":', data), /its header is not JSON\.$/],
  [
    'a list as header',
    safetensorsBytes('[]', data),
    /its header is not JSON\.$/,
  ],
  [
    'a truncated end',
    safetensorsBytes(entry({}), data.subarray(1)),
    /claims to hold 16 bytes of arrays, but 1 bytes are missing: it is truncated\.$/,
  ],
  [
    'bytes left over',
    safetensorsBytes(entry({}), new Uint8Array(20)),
    /but 4 bytes are left over\.$/,
  ],
  [
    'a shape that lies',
    safetensorsBytes(entry({ shape: [3] }), data),
    /array "x" claims to hold \[3\] of float64, 24 bytes, but has 16\.$/,
  ],
  [
    'a type of its own',
    safetensorsBytes(entry({ dtype: 'F8_E4M3' }), data),
    /array "x" holds elements of type "F8_E4M3"; known are/,
  ],
  [
    'offsets that overlap',
    safetensorsBytes(
      { ...entry({}), y: { dtype: 'F64', shape: [1], data_offsets: [8, 16] } },
      data,
    ),
    /array "y" does not begin where the one before it ends\.$/,
  ],
  [
    'a gap',
    safetensorsBytes(entry({ data_offsets: [8, 24] }), new Uint8Array(24)),
    /array "x" does not begin/,
  ],
  [
    'a negative offset',
    safetensorsBytes(entry({ data_offsets: [-16, 0] }), data),
    /array "x" has an entry that can't be understood/,
  ],
  [
    'an entry that is none',
    safetensorsBytes({ x: null }, data),
    /array "x" has an entry that can't be understood/,
  ],
];

for (const [what, bytes, message] of WRONG) {
  test(`a file with ${what} is refused by name`, async (context) => {
    await assert.rejects(
      readArrays(temporaryFolder(context), bytes),
      (error: unknown) => {
        assert.ok(error instanceof ArrayFileError, String(error));
        assert.match(error.message, message);
        assert.match(error.message, /^"[^"]+file"/);
        return true;
      },
    );
  });
}
