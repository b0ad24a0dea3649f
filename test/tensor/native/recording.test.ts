import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recording } from '../../../src/tensor/native/graph/recording.ts';
import { FakeBinding, FLOAT } from '../../support/fake-binding.ts';

/** Nodes as lines: `AddV2_0(input_0:0, Const_1:0)`. */
const lines = (recording: Recording): string[] =>
  recording.nodes.map(({ name, inputs }) => `${name}(${inputs.join(', ')})`);

const bytesOf = (...values: number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(values).buffer);

test('what passes through is computed and written down, with the ends that tensors are', () => {
  const binding = new FakeBinding();
  const x = binding.add([2], [1, 2]);
  const recording = new Recording(binding);
  recording.name(x, 'input_0:0');
  const recorder = recording.binding;
  const two = recorder.createTensor([2], FLOAT, Float32Array.of(2, 3));
  const [sum] = recorder.executeOp('AddV2', [], [x, two], 1);
  const [product] = recorder.executeOp('Mul', [], [sum!.id, sum!.id], 1);
  assert.deepEqual([...binding.tensorDataSync(product!.id)], [9, 25]);
  assert.deepEqual(lines(recording), [
    'Const_0()',
    'AddV2_1(input_0:0, Const_0:0)',
    'Mul_2(AddV2_1:0, AddV2_1:0)',
  ]);
  assert.equal(recording.endOf(product!.id), 'Mul_2:0');
});

test('a constant is a copy: what the array holds later is another matter', () => {
  const recording = new Recording(new FakeBinding());
  const values = Float32Array.of(1, 2);
  recording.binding.createTensor([2], FLOAT, values);
  values.fill(7);
  assert.deepEqual(recording.nodes[0]?.attributes['value'], {
    type: 'tensor',
    value: { dtype: FLOAT, shape: [2], bytes: bytesOf(1, 2) },
  });
});

test('a tensor from outside becomes a constant with its shape, once', () => {
  const binding = new FakeBinding();
  const outside = binding.add([1, 2], [3, 4]);
  const recording = new Recording(binding);
  const before = binding.tensors.size;
  recording.binding.executeOp('Mul', [], [outside, outside], 1);
  assert.deepEqual(lines(recording), [
    'Const_0()',
    'Mul_1(Const_0:0, Const_0:0)',
  ]);
  assert.deepEqual(recording.nodes[0]?.attributes['value'], {
    type: 'tensor',
    value: { dtype: FLOAT, shape: [1, 2], bytes: bytesOf(3, 4) },
  });
  assert.equal(binding.tensors.size, before + 1, 'the product alone is new');
});

test('a value that is read and numbers drawn at random are refused, in words', () => {
  const binding = new FakeBinding();
  const x = binding.add([1], [1]);
  const recorder = new Recording(binding).binding;
  assert.throws(
    () => recorder.tensorDataSync(x),
    /^Error: A value was read inside of a compiled step\. .* hand it in as an input\.$/,
  );
  assert.throws(
    () => recorder.executeOp('RandomUniform', [], [x], 1),
    /^Error: Random numbers were drawn inside of a compiled step \("RandomUniform"\)\. Draw them before/,
  );
  assert.deepEqual([...binding.tensorDataSync(x)], [1]);
});

test('attributes keep their types; one that no graph can have is a bug', () => {
  const binding = new FakeBinding();
  const x = binding.add([1], [1]);
  const recording = new Recording(binding);
  const attribute = (name: string, type: number, value: unknown) =>
    ({ name, type, value }) as never;
  recording.binding.executeOp(
    'Identity',
    [
      attribute('text', binding.TF_ATTR_STRING, 'SAME'),
      attribute('int', binding.TF_ATTR_INT, 3),
      attribute('ints', binding.TF_ATTR_INT, [1, 2]),
      attribute('float', binding.TF_ATTR_FLOAT, 0.5),
      attribute('floats', binding.TF_ATTR_FLOAT, [0.5]),
      attribute('bool', binding.TF_ATTR_BOOL, false),
      attribute('dtype', binding.TF_ATTR_TYPE, 1),
      attribute('shape', binding.TF_ATTR_SHAPE, [2, 3]),
    ],
    [x],
    1,
  );
  assert.deepEqual(recording.nodes.at(-1)?.attributes, {
    text: { type: 'string', value: 'SAME' },
    int: { type: 'int', value: 3 },
    ints: { type: 'ints', value: [1, 2] },
    float: { type: 'float', value: 0.5 },
    floats: { type: 'floats', value: [0.5] },
    bool: { type: 'bool', value: false },
    dtype: { type: 'dtype', value: 1 },
    shape: { type: 'shape', value: [2, 3] },
  });
  assert.throws(
    () =>
      recording.binding.executeOp(
        'Identity',
        [attribute('handle', 6, 'x')],
        [x],
        1,
      ),
    /Internal error: attribute "handle" of type 6/,
  );
});
