import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attribute } from '../../../src/tensor/native/graph/graph.ts';
import { ProtobufWriter } from '../../../src/tensor/native/graph/protobuf.ts';
import { encodeSavedModel } from '../../../src/tensor/native/graph/saved-model.ts';
import { bytesOf, numbersOf, textsOf } from '../../support/read-protobuf.ts';

const hex = (writer: ProtobufWriter): string =>
  Buffer.from(writer.finish()).toString('hex');

test("the examples of the format's own documentation come out byte by byte", () => {
  assert.equal(hex(new ProtobufWriter().integer(1, 150)), '089601');
  assert.equal(
    hex(new ProtobufWriter().text(2, 'testing')),
    '120774657374696e67',
  );
  const inner = new ProtobufWriter().integer(1, 150);
  assert.equal(hex(new ProtobufWriter().message(3, inner)), '1a03089601');
  assert.equal(
    hex(new ProtobufWriter().integers(6, [3, 270, 86942])),
    '3206038e029ea705',
  );
  assert.equal(
    hex(new ProtobufWriter().integer(1, -2)),
    '08feffffffffffffffff01',
  );
});

test('floats are four bytes, the lowest first; a field above 15 has a tag of two bytes', () => {
  assert.equal(hex(new ProtobufWriter().float(4, 1)), '250000803f');
  assert.equal(
    hex(new ProtobufWriter().floats(4, [1, -2])),
    '22080000803f000000c0',
  );
  assert.equal(hex(new ProtobufWriter().integer(16, true)), '800101');
});

/** The one graph of a model, its nodes by name: op, inputs, attributes as bytes. */
function decode(model: Uint8Array) {
  assert.deepEqual(numbersOf(model, 1), [1], 'version of the format');
  const [metaGraph] = bytesOf(model, 2);
  const [information] = bytesOf(metaGraph!, 1);
  const [graph] = bytesOf(metaGraph!, 2);
  return {
    tags: textsOf(information!, 4),
    nodes: bytesOf(graph!, 1).map((node) => ({
      name: textsOf(node, 1)[0],
      op: textsOf(node, 2)[0],
      inputs: textsOf(node, 3),
      attributes: new Map(
        bytesOf(node, 5).map((entry) => [
          textsOf(entry, 1)[0]!,
          bytesOf(entry, 2)[0]!,
        ]),
      ),
    })),
  };
}

test('a graph has its tag, its nodes and their inputs, those that only order last', () => {
  const { tags, nodes } = decode(
    encodeSavedModel([
      { name: 'a', op: 'Placeholder', inputs: [], attributes: {} },
      { name: 'b', op: 'Neg', inputs: ['^c', 'a:0'], attributes: {} },
    ]),
  );
  assert.deepEqual(tags, ['serve']);
  assert.deepEqual(
    nodes.map(({ name, op, inputs }) => [name, op, inputs]),
    [
      ['a', 'Placeholder', []],
      ['b', 'Neg', ['a:0', '^c']],
    ],
  );
});

test('attributes of every type are where TensorFlow looks for them', () => {
  const attributes: Readonly<Record<string, Attribute>> = {
    text: { type: 'string', value: 'SAME' },
    int: { type: 'int', value: -1 },
    ints: { type: 'ints', value: [1, 2, 1] },
    float: { type: 'float', value: 0.5 },
    floats: { type: 'floats', value: [0.5] },
    bool: { type: 'bool', value: true },
    dtype: { type: 'dtype', value: 3 },
    shape: { type: 'shape', value: [4, 0] },
    tensor: {
      type: 'tensor',
      value: { dtype: 1, shape: [2], bytes: Uint8Array.of(1, 2, 3, 4) },
    },
  };
  const [node] = decode(
    encodeSavedModel([{ name: 'a', op: 'X', inputs: [], attributes }]),
  ).nodes;
  const value = (name: string): Uint8Array => node!.attributes.get(name)!;
  assert.deepEqual(textsOf(value('text'), 2), ['SAME']);
  assert.deepEqual(numbersOf(value('int'), 3), [-1]);
  assert.deepEqual(
    bytesOf(bytesOf(value('ints'), 1)[0]!, 3).map((b) => [...b]),
    [[1, 2, 1]],
  );
  const half = Buffer.from([0, 0, 0, 0x3f]);
  assert.deepEqual(Buffer.from(bytesOf(value('float'), 4)[0]!), half);
  assert.deepEqual(
    Buffer.from(bytesOf(bytesOf(value('floats'), 1)[0]!, 4)[0]!),
    half,
  );
  assert.deepEqual(numbersOf(value('bool'), 5), [1]);
  assert.deepEqual(numbersOf(value('dtype'), 6), [3]);
  const sizes = (shape: Uint8Array): number[] =>
    bytesOf(shape, 2).flatMap((dimension) => numbersOf(dimension, 1));
  assert.deepEqual(sizes(bytesOf(value('shape'), 7)[0]!), [4, 0]);
  const [tensor] = bytesOf(value('tensor'), 8);
  assert.deepEqual(numbersOf(tensor!, 1), [1]);
  assert.deepEqual(sizes(bytesOf(tensor!, 2)[0]!), [2]);
  assert.deepEqual([...bytesOf(tensor!, 4)[0]!], [1, 2, 3, 4]);
});
