import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ArrayFileError } from '../../../src/artifact/array-files/array-file-error.ts';
import { encodeNpy } from '../../../src/artifact/npy.ts';
import { ndArray } from '../../../src/tensor/nd-array.ts';
import {
  elementBytes,
  float64Bytes,
  npyBytes,
  npyOf,
} from '../../support/array-bytes.ts';
import { readArrays } from '../../support/array-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const readOne = async (context: TestContext, bytes: Uint8Array) => {
  const { it } = await readArrays(temporaryFolder(context), bytes);
  assert.ok(it);
  return it;
};

type Setter = (view: DataView, at: number, value: number, l: boolean) => void;
const TYPES: readonly (readonly [string, number, number[], Setter])[] = [
  [
    'f4',
    4,
    [1.5, -3e38, 0],
    (v, at, x, l) => {
      v.setFloat32(at, Math.fround(x), l);
    },
  ],
  [
    'f8',
    8,
    [Math.PI, -1e300, 5e-324],
    (v, at, x, l) => {
      v.setFloat64(at, x, l);
    },
  ],
  [
    'i1',
    1,
    [-128, 127, 0],
    (v, at, x) => {
      v.setInt8(at, x);
    },
  ],
  [
    'i2',
    2,
    [-32768, 258, 1],
    (v, at, x, l) => {
      v.setInt16(at, x, l);
    },
  ],
  [
    'i4',
    4,
    [-70000, 2 ** 31 - 1, 1],
    (v, at, x, l) => {
      v.setInt32(at, x, l);
    },
  ],
  [
    'i8',
    8,
    [-(2 ** 40), 2 ** 53 - 1, 1],
    (v, at, x, l) => {
      v.setBigInt64(at, BigInt(x), l);
    },
  ],
  [
    'u1',
    1,
    [0, 255, 3],
    (v, at, x) => {
      v.setUint8(at, x);
    },
  ],
  [
    'u2',
    2,
    [65535, 258, 1],
    (v, at, x, l) => {
      v.setUint16(at, x, l);
    },
  ],
  [
    'u4',
    4,
    [2 ** 32 - 1, 65537, 1],
    (v, at, x, l) => {
      v.setUint32(at, x, l);
    },
  ],
  [
    'u8',
    8,
    [2 ** 53 - 1, 2 ** 33, 1],
    (v, at, x, l) => {
      v.setBigUint64(at, BigInt(x), l);
    },
  ],
];

test('every type of number is read in both byte orders', async (context) => {
  for (const [name, bytes, values, set] of TYPES) {
    for (const order of bytes === 1 ? ['|', '<', '>'] : ['<', '>']) {
      const data = elementBytes(values, bytes, (view, at, value) => {
        set(view, at, value, order === '<');
      });
      const read = await readOne(
        context,
        npyBytes({ descriptor: order + name, shape: [3], data }),
      );
      const expected = name === 'f4' ? values.map(Math.fround) : values;
      assert.deepEqual(read.content, expected, order + name);
      assert.deepEqual(read.shape, [3]);
    }
  }
});

test('half precision has subnormal numbers, infinities and NaN', async (context) => {
  // Bit patterns from the definition of IEEE 754 binary16.
  const bits = [
    0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x8000, 0x7c00, 0xfc00, 0x7e00,
  ];
  const data = elementBytes(bits, 2, (view, at, value) => {
    view.setUint16(at, value, false);
  });
  const { content } = await readOne(
    context,
    npyBytes({ descriptor: '>f2', shape: [9], data }),
  );
  assert.deepEqual(content, [
    ...[1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, -0],
    ...[Infinity, -Infinity, NaN],
  ]);
});

test('truth values are 0 and 1, texts are texts', async (context) => {
  const bool = npyBytes({
    descriptor: '|b1',
    shape: [2],
    data: Uint8Array.of(0, 1),
  });
  assert.deepEqual((await readOne(context, bool)).content, [0, 1]);
  const wide = Buffer.alloc(2 * 3 * 4);
  ['c', 'a', 't', 'é'].forEach((letter, index) => {
    wide.writeUInt32BE(letter.codePointAt(0)!, index * 4);
  });
  const texts = npyBytes({ descriptor: '>U3', shape: [2], data: wide });
  assert.deepEqual((await readOne(context, texts)).content, ['cat', 'é']);
  const narrow = npyBytes({
    descriptor: '|S3',
    shape: [2],
    data: Buffer.from('ab\0xyz'),
  });
  assert.deepEqual((await readOne(context, narrow)).content, ['ab', 'xyz']);
});

test('where the first index runs fastest, rows are put together again', async (context) => {
  const shape = [3, 2, 2] as const;
  const value = (i: number, j: number, k: number): number =>
    100 * i + 10 * j + k;
  const fortran: number[] = [];
  const rows: number[] = [];
  for (let k = 0; k < 2; k++)
    for (let j = 0; j < 2; j++)
      for (let i = 0; i < 3; i++) fortran.push(value(i, j, k));
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 2; j++)
      for (let k = 0; k < 2; k++) rows.push(value(i, j, k));
  const read = await readOne(
    context,
    npyBytes({
      descriptor: '<f8',
      shape,
      data: float64Bytes(fortran),
      fortran: true,
    }),
  );
  assert.deepEqual(read.content, rows);
  assert.notDeepEqual(fortran, rows);
});

test('headers of versions 2 and 3, and those that Python 2 wrote, are read', async (context) => {
  const data = float64Bytes([1, 2]);
  for (const version of [2, 3] as const) {
    const bytes = npyBytes({ descriptor: '<f8', shape: [2, 1], data, version });
    assert.deepEqual((await readOne(context, bytes)).content, [1, 2]);
  }
  const old = npyOf(
    "{'shape': (2L,), 'fortran_order': False, 'descr': '<f8'}",
    data,
  );
  assert.deepEqual((await readOne(context, old)).shape, [2]);
});

test('what encodeNpy writes is read back', async (context) => {
  const made = ndArray(
    'float32',
    [2, 3],
    Float32Array.of(1, -2, 3.5, 0, 1e-40, 9),
  );
  const read = await readOne(context, encodeNpy(made));
  assert.deepEqual(read, { shape: [2, 3], content: [...made.data] });
});

const header = (descr: string, shape = '(2,)', order = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;
const sixteen = new Uint8Array(16);
const WRONG: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    'one byte short',
    npyOf(header("'<f8'"), sixteen.subarray(1)),
    /claims to hold \[2\] of float64, but 1 bytes are missing\.$/,
  ],
  [
    'one byte over',
    npyOf(header("'<f8'"), new Uint8Array(17)),
    /but 1 bytes are left over\.$/,
  ],
  [
    'a shape beyond all files',
    npyOf(header("'<f8'", '(9007199254740991, 9)'), sixteen),
    /has a header that can't be understood/,
  ],
  [
    'a negative length',
    npyOf(header("'<f8'", '(-2,)'), sixteen),
    /has a header that can't be understood/,
  ],
  [
    'Python objects',
    npyOf(header("'|O'"), sixteen),
    /holds Python objects, which are never read: save it as an array of numbers\.$/,
  ],
  [
    'bfloat16',
    npyOf(header("'<V2'"), sixteen.subarray(12)),
    /as NumPy writes bfloat16: save it as float32\.$/,
  ],
  [
    'complex numbers',
    npyOf(header("'<c16'"), sixteen),
    /holds elements of type "<c16"; known are float16, bfloat16, float32/,
  ],
  [
    'records',
    npyOf(header("[('x', '<f8')]"), sixteen),
    /holds records of several fields/,
  ],
  [
    'another order',
    npyOf(header("'<f8'", '(2,)', 'Maybe'), sixteen),
    /can't be understood/,
  ],
  [
    'code',
    npyOf(
      "{'descr': __import__('os').name, 'fortran_order': False, 'shape': (2,)}",
      sixteen,
    ),
    /can't be understood/,
  ],
  [
    'a key twice or more keys',
    npyOf(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'x': '1'}",
      sixteen,
    ),
    /can't be understood/,
  ],
  [
    'version 9',
    npyOf(header("'<f8'"), sixteen, 9),
    /has version 9 of the form \.npy/,
  ],
  [
    'a header beyond the end',
    npyOf(header("'<f8'")).subarray(0, 40),
    /ends within its header, or lies about it\.$/,
  ],
  [
    'nothing but the magic',
    npyOf('').subarray(0, 8),
    /is not in the form of NumPy's \.npy\.$/,
  ],
];

for (const [what, bytes, message] of WRONG) {
  test(`a .npy file with ${what} is refused by name`, async (context) => {
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
