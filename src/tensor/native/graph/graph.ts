/** A graph of TensorFlow ops as plain data. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Ends of edges: `node:0` is a node's first output, `^node` only says that the node comes before. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An attribute of a node. */
export type Attribute =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'bool'; readonly value: boolean }
  /** Number of an element type. */
  | { readonly type: 'dtype'; readonly value: number }
  | { readonly type: 'shape'; readonly value: readonly number[] }
  | { readonly type: 'tensor'; readonly value: ConstantTensor };

/** Shape and element type of a tensor; the type as libtensorflow numbers them. */
export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** A tensor's value, written into the graph. */
export interface ConstantTensor extends TensorType {
  /** Row-major, little-endian. */
  readonly bytes: Uint8Array;
}

/** The node that an end of an edge belongs to. */
export const nodeOf = (end: string): string =>
  end.startsWith('^') ? end.slice(1) : end.slice(0, end.lastIndexOf(':'));

/** The nodes that some ends of edges need, in their order. */
export function neededBy(
  ends: readonly string[],
  nodes: readonly GraphNode[],
): GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const needed = new Set<GraphNode>();
  const open = ends.map(nodeOf);
  for (;;) {
    const name = open.pop();
    if (name === undefined) break;
    const node = byName.get(name);
    if (node === undefined) {
      throw new Error(`Internal error: the graph has no node "${name}"`);
    }
    if (needed.has(node)) continue;
    needed.add(node);
    open.push(...node.inputs.map(nodeOf));
  }
  return nodes.filter((node) => needed.has(node));
}
