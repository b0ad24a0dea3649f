import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeNpy } from '../../src/artifact/npy.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';

test('a matrix is written as numpy.save writes it', () => {
  // numpy 2.4: np.save(f, np.array([[1.5, -2.0, 0.25]], dtype='<f4')); f.getvalue().hex()
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
  const expected = Buffer.concat([
    Buffer.from('934e554d5059010076 00'.replace(' ', ''), 'hex'),
    Buffer.from(header.padEnd(117) + '\n', 'latin1'),
    Buffer.from('0000c03f000000c00000803e', 'hex'),
  ]);
  const made = encodeNpy(
    ndArray('float32', [1, 3], Float32Array.of(1.5, -2, 0.25)),
  );
  assert.equal(Buffer.from(made).toString('hex'), expected.toString('hex'));
});

test('data begins at a multiple of 64 whatever the length of the shape', () => {
  for (const shape of [
    [],
    [7],
    [1, 2, 3, 4],
    [1000000, 0],
    [1, 1, 1, 1, 1, 1],
  ]) {
    const size = shape.reduce((product, length) => product * length, 1);
    const file = encodeNpy(ndArray('int32', shape, new Int32Array(size)));
    const start = 10 + new DataView(file.buffer).getUint16(8, true);
    assert.equal(start % 64, 0);
    assert.equal(file[start - 1], 0x0a);
    assert.equal(file.length, start + 4 * size);
  }
});

test('a vector has a trailing comma and a scalar an empty tuple', () => {
  const text = (array: Uint8Array): string =>
    Buffer.from(array).toString('latin1');
  assert.match(
    text(encodeNpy(ndArray('uint8', [2], Uint8Array.of(1, 2)))),
    /'\|u1'.*'shape': \(2,\)/,
  );
  assert.match(
    text(encodeNpy(ndArray('float64', [], Float64Array.of(1)))),
    /'<f8'.*'shape': \(\)/,
  );
});
