import type {
  Binding,
  OpAttribute,
  TensorMetadata,
  TensorValues,
} from '../../src/tensor/native/binding.ts';

/** The numbers of element types and attribute types are those of libtensorflow. */
export const FLOAT = 1;

/**
 * A binding without a library: tensors in JavaScript, three ops, and sessions that remember what they were loaded from and
 * called with. Its properties are read-only, as those of the real one.
 */
export class FakeBinding implements Binding {
  readonly tensors = new Map<
    number,
    { readonly shape: number[]; readonly values: Float32Array }
  >();
  readonly sessions = new Map<number, unknown>();
  readonly calls: string[] = [];
  #nextSession = 0;
  #next = 0;
  readonly TF_FLOAT = FLOAT;
  readonly TF_INT32 = 3;
  readonly TF_BOOL = 10;
  readonly TF_ATTR_STRING = 0;
  readonly TF_ATTR_INT = 1;
  readonly TF_ATTR_FLOAT = 2;
  readonly TF_ATTR_BOOL = 3;
  readonly TF_ATTR_TYPE = 4;
  readonly TF_ATTR_SHAPE = 5;
  readonly TF_Version = 'fake';
  /** What `loadSavedModel` does with the folder. */
  readonly #load: (folder: string) => unknown;

  constructor(load: (folder: string) => unknown = () => null) {
    this.#load = load;
    Object.freeze(this);
  }

  add(shape: readonly number[], values: ArrayLike<number>): number {
    const id = this.#next++;
    this.tensors.set(id, {
      shape: [...shape],
      values: Float32Array.from(values),
    });
    return id;
  }

  createTensor(
    shape: readonly number[],
    _dtype: number,
    values: TensorValues,
  ): number {
    return this.add(shape, values);
  }

  deleteTensor(id: number): void {
    this.tensors.delete(id);
  }

  tensorDataSync(id: number): TensorValues {
    return this.tensors.get(id)!.values;
  }

  executeOp(
    op: string,
    _attributes: readonly OpAttribute[],
    inputs: readonly number[],
  ): TensorMetadata[] {
    const [a, b] = inputs.map((id) => this.tensors.get(id)!);
    const compute = OPS[op];
    if (compute === undefined) throw new Error(`no op "${op}"`);
    const values = a!.values.map((value, i) =>
      compute(value, b?.values[i % b.values.length] ?? 0),
    );
    const id = this.add(a!.shape, values);
    return [{ id, shape: a!.shape, dtype: FLOAT }];
  }

  loadSavedModel(folder: string): number {
    const session = this.#nextSession++;
    this.sessions.set(session, this.#load(folder));
    return session;
  }

  runSavedModel(
    session: number,
    ids: readonly number[],
    inputs: string,
    outputs: string,
  ): TensorMetadata[] {
    this.calls.push(`${session}: ${ids.join()} as ${inputs} -> ${outputs}`);
    return outputs.split(',').map(() => ({
      id: this.add([], [0]),
      shape: [],
      dtype: FLOAT,
    }));
  }

  deleteSavedModel(session: number): void {
    this.sessions.delete(session);
  }

  isUsingGpuDevice(): boolean {
    return false;
  }
}

const OPS: Readonly<Record<string, (a: number, b: number) => number>> = {
  Identity: (a) => a,
  AddV2: (a, b) => a + b,
  Mul: (a, b) => a * b,
  RandomUniform: () => 0,
};
