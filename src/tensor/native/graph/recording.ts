import type { Binding, OpAttribute, TensorValues } from '../binding.ts';
import type { Attribute, GraphNode, TensorType } from './graph.ts';

/** Two variables' change that is one op of a graph: see `ResourceApplyMomentum`. */
export interface MomentumUpdate {
  /** Numbers of the tensors that came in. */
  readonly weight: number;
  readonly velocity: number;
  readonly gradient: number;
  readonly rate: number;
  readonly momentum: number;
  /** Numbers of the tensors that came out. */
  readonly newWeight: number;
  readonly newVelocity: number;
}

/**
 * Writes down every op that passes through a binding while it computes: what was done once can be done again as one graph.
 * Tensors that were there before and are not named by `name` have the value for ever that they have now.
 */
export class Recording {
  readonly #binding: Binding;
  readonly #nodes: GraphNode[] = [];
  /** Number of a tensor -> the end of an edge that it is. */
  readonly #ends = new Map<number, string>();
  readonly #updates: MomentumUpdate[] = [];
  /** The binding that records: to stand in the place of the real one. */
  readonly binding: Binding;

  constructor(binding: Binding) {
    this.#binding = binding;
    this.binding = this.#listen();
  }

  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  get updates(): readonly MomentumUpdate[] {
    return this.#updates;
  }

  /** Says that a tensor is what comes out of a node that is not recorded: an input, a variable. */
  name(id: number, end: string): void {
    this.#ends.set(id, end);
  }

  /** Says that the ops between these tensors can be replaced by one. */
  addUpdate(update: MomentumUpdate): void {
    this.#updates.push(update);
  }

  /** The end of an edge that a tensor is. */
  endOf(id: number): string {
    const known = this.#ends.get(id);
    if (known !== undefined) return known;
    // The binding tells shape and type of what an op yields, and of nothing else.
    const [copy] = this.#binding.executeOp('Identity', [], [id], 1);
    if (copy === undefined) throw new Error('Internal error: no output');
    const values = this.#binding.tensorDataSync(copy.id);
    this.#binding.deleteTensor(copy.id);
    return this.#addConstant(id, values, copy);
  }

  #listen(): Binding {
    const real = this.#binding;
    // Its properties are read-only: an object above it can still have its own.
    return Object.create(real, {
      executeOp: {
        value: (
          op: string,
          attributes: readonly OpAttribute[],
          inputs: readonly number[],
          outputs: number,
        ) => {
          if (DRAWS_NUMBERS.has(op)) throw new Error(randomMessage(op));
          const made = real.executeOp(op, attributes, inputs, outputs);
          const node = this.#add(
            op,
            inputs.map((id) => this.endOf(id)),
            Object.fromEntries(
              attributes.map((attribute) => [
                attribute.name,
                plainAttribute(real, attribute),
              ]),
            ),
          );
          made.forEach(({ id }, index) => {
            this.#ends.set(id, `${node}:${index}`);
          });
          return made;
        },
      },
      createTensor: {
        value: (
          shape: readonly number[],
          dtype: number,
          values: TensorValues,
        ) => {
          const id = real.createTensor(shape, dtype, values);
          this.#addConstant(id, values, { shape, dtype });
          return id;
        },
      },
      tensorDataSync: {
        value: () => {
          throw new Error(READ_MESSAGE);
        },
      },
    }) as Binding;
  }

  #add(
    op: string,
    inputs: readonly string[],
    attributes: GraphNode['attributes'],
  ): string {
    const name = `${op}_${this.#nodes.length}`;
    this.#nodes.push({ name, op, inputs, attributes });
    return name;
  }

  #addConstant(
    id: number,
    values: TensorValues,
    { shape, dtype }: TensorType,
  ): string {
    const { buffer, byteOffset, byteLength } = values;
    // A copy: what the array holds later is another matter.
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
    const node = this.#add('Const', [], {
      dtype: { type: 'dtype', value: dtype },
      value: { type: 'tensor', value: { dtype, shape, bytes } },
    });
    const end = `${node}:0`;
    this.#ends.set(id, end);
    return end;
  }
}

const READ_MESSAGE =
  'A value was read inside of a compiled step. A step is recorded once and then replayed, so inside of it there are no values yet: return the tensor and read it after the step, or compute the value before and hand it in as an input.';

/** Ops that draw numbers of their own at each call. */
const DRAWS_NUMBERS: ReadonlySet<string> = new Set([
  'Multinomial',
  'RandomGamma',
  'RandomPoisson',
  'RandomShuffle',
  'RandomStandardNormal',
  'RandomUniform',
  'RandomUniformInt',
  'TruncatedNormal',
]);

const randomMessage = (op: string): string =>
  `Random numbers were drawn inside of a compiled step ("${op}"). Draw them before, and hand them in as an input.`;

/** An attribute as a graph has it. */
function plainAttribute(
  binding: Binding,
  { name, type, value }: OpAttribute,
): Attribute {
  if (type === binding.TF_ATTR_INT) {
    if (typeof value === 'number') return { type: 'int', value };
    if (isNumbers(value)) return { type: 'ints', value };
  }
  if (type === binding.TF_ATTR_FLOAT) {
    if (typeof value === 'number') return { type: 'float', value };
    if (isNumbers(value)) return { type: 'floats', value };
  }
  if (type === binding.TF_ATTR_STRING && typeof value === 'string') {
    return { type: 'string', value };
  }
  // Some kernels of the package hand over 0 and 1.
  if (type === binding.TF_ATTR_BOOL && !isNumbers(value)) {
    return { type: 'bool', value: Boolean(value) };
  }
  if (type === binding.TF_ATTR_TYPE && typeof value === 'number') {
    return { type: 'dtype', value };
  }
  if (type === binding.TF_ATTR_SHAPE && isNumbers(value)) {
    return { type: 'shape', value };
  }
  throw new Error(
    `Internal error: attribute "${name}" of type ${type} can't be written into a graph`,
  );
}

const isNumbers = (value: OpAttribute['value']): value is readonly number[] =>
  Array.isArray(value);
