import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSafetensors } from '../../src/artifact/safetensors.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

test('a file read by the format description gives the arrays back, aligned', () => {
  const arrays = {
    odd: ndArray('uint8', [3], Uint8Array.of(1, 2, 255)),
    wide: ndArray('float64', [1, 2], Float64Array.of(Math.PI, -0.5)),
    labels: ndArray('int32', [2], Int32Array.of(-7, 9)),
    half: ndArray('float32', [2, 1], Float32Array.of(0.5, 3)),
  };
  const file = encodeSafetensors(arrays);
  const view = new DataView(file.buffer);
  const length = Number(view.getBigUint64(0, true));
  assert.equal(length % 8, 0);
  const header = JSON.parse(
    Buffer.from(file.subarray(8, 8 + length)).toString('utf8'),
  ) as Record<string, Entry>;
  const data = file.slice(8 + length).buffer;
  const read = (name: string): Entry => {
    const entry = header[name];
    assert.ok(entry);
    return entry;
  };
  assert.deepEqual(read('wide').shape, [1, 2]);
  assert.equal(read('wide').dtype, 'F64');
  assert.deepEqual(
    [...new Float64Array(data, read('wide').data_offsets[0], 2)],
    [Math.PI, -0.5],
  );
  assert.deepEqual(
    [...new Int32Array(data, read('labels').data_offsets[0], 2)],
    [-7, 9],
  );
  assert.deepEqual(
    [...new Float32Array(data, read('half').data_offsets[0], 2)],
    [0.5, 3],
  );
  assert.deepEqual(
    [...new Uint8Array(data, read('odd').data_offsets[0], 3)],
    [1, 2, 255],
  );
  const ends = Object.values(header).map((entry) => entry.data_offsets[1]);
  assert.equal(Math.max(...ends), data.byteLength);
});
