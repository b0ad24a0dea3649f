import type { Attribute, ConstantTensor, GraphNode } from './graph.ts';
import { ProtobufWriter } from './protobuf.ts';

/** The tag under which a graph is found in a SavedModel. */
export const SERVE_TAG = 'serve';

/** A version of the graph format that every TensorFlow 2 reads. */
const GRAPH_VERSION = 1000;

/**
 * A graph as the file `saved_model.pb`: one graph, tagged `SERVE_TAG`, without signatures and variables of its own.
 *
 * Source: saved_model.proto, meta_graph.proto, graph.proto, node_def.proto, attr_value.proto and tensor.proto of
 * TensorFlow 2, whose field numbers stand here.
 */
export function encodeSavedModel(nodes: readonly GraphNode[]): Uint8Array {
  const graph = new ProtobufWriter();
  for (const node of nodes) graph.message(1, nodeDef(node));
  graph.message(4, new ProtobufWriter().integer(1, GRAPH_VERSION));
  const information = new ProtobufWriter().text(4, SERVE_TAG);
  const metaGraph = new ProtobufWriter()
    .message(1, information)
    .message(2, graph);
  return new ProtobufWriter().integer(1, 1).message(2, metaGraph).finish();
}

function nodeDef({ name, op, inputs, attributes }: GraphNode): ProtobufWriter {
  const node = new ProtobufWriter().text(1, name).text(2, op);
  // Ends that only order nodes have to come last.
  const isControl = (end: string): boolean => end.startsWith('^');
  for (const end of inputs.filter((input) => !isControl(input))) {
    node.text(3, end);
  }
  for (const end of inputs.filter(isControl)) node.text(3, end);
  for (const [key, attribute] of Object.entries(attributes)) {
    node.message(
      5,
      new ProtobufWriter().text(1, key).message(2, attributeValue(attribute)),
    );
  }
  return node;
}

function attributeValue(attribute: Attribute): ProtobufWriter {
  const writer = new ProtobufWriter();
  switch (attribute.type) {
    case 'string':
      return writer.text(2, attribute.value);
    case 'int':
      return writer.integer(3, attribute.value);
    case 'ints':
      return writer.message(
        1,
        new ProtobufWriter().integers(3, attribute.value),
      );
    case 'float':
      return writer.float(4, attribute.value);
    case 'floats':
      return writer.message(1, new ProtobufWriter().floats(4, attribute.value));
    case 'bool':
      return writer.integer(5, attribute.value);
    case 'dtype':
      return writer.integer(6, attribute.value);
    case 'shape':
      return writer.message(7, shapeProto(attribute.value));
    case 'tensor':
      return writer.message(8, tensorProto(attribute.value));
  }
}

function shapeProto(shape: readonly number[]): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const length of shape) {
    writer.message(2, new ProtobufWriter().integer(1, length));
  }
  return writer;
}

const tensorProto = ({ dtype, shape, bytes }: ConstantTensor): ProtobufWriter =>
  new ProtobufWriter()
    .integer(1, dtype)
    .message(2, shapeProto(shape))
    .bytes(4, bytes);
