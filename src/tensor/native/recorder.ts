import type { DataType } from '@tensorflow/tfjs';
import { scope } from '../scope.ts';
import { tf, type Tensor, type Variable } from '../tf.ts';
import type { Binding, NativeBackend } from './binding.ts';
import type { TensorType } from './graph/graph.ts';
import { Recording } from './graph/recording.ts';
import {
  buildStateGraph,
  inputEnd,
  stateEnd,
  type StateGraph,
} from './graph/state-graph.ts';

/** A step's tensors by name; one that is undefined is not there. */
export type NamedTensors = Readonly<Record<string, Tensor | undefined>>;

/** What a recording yields. */
export interface RecordedGraph {
  readonly graph: StateGraph;
  /** Names of the outputs, in the order in which the graph yields them. */
  readonly outputs: readonly string[];
}

/** Records steps on the native backend; kernels ask it whether one is being recorded. */
export class Recorder {
  readonly backend: NativeBackend;
  #recording: Recording | undefined;

  constructor(backend: NativeBackend) {
    this.backend = backend;
  }

  /** The recording at hand, while there is one. */
  get recording(): Recording | undefined {
    return this.#recording;
  }

  /** Number of a tensor in the binding. */
  idOf(tensor: Tensor): number {
    return this.backend.getInputTensorIds([tensor])[0]!;
  }

  /**
   * Takes a step on tensors that are there, and writes down what it does. The state is afterwards what it was before.
   *
   * @param inputs by name, those that are there.
   * @throws Error if the step reads a value or draws random numbers.
   */
  record(
    step: (inputs: NamedTensors) => NamedTensors,
    inputs: readonly (readonly [string, Tensor])[],
    state: readonly Variable[],
  ): RecordedGraph {
    const recording = new Recording(this.backend.binding);
    const before = state.map((variable) => variable.clone());
    const recorded: RecordedGraph[] = [];
    try {
      scope(() => {
        recorded.push(this.#recordInto(recording, step, inputs, state));
      });
    } finally {
      state.forEach((variable, index) => {
        variable.assign(before[index]!);
      });
      tf.dispose(before);
    }
    return recorded[0]!;
  }

  #recordInto(
    recording: Recording,
    step: (inputs: NamedTensors) => NamedTensors,
    inputs: readonly (readonly [string, Tensor])[],
    state: readonly Variable[],
  ): RecordedGraph {
    // Copies have numbers of their own, though two of the originals may be the same tensor.
    const fed = inputs.map(([, input]) => this.#copy(input));
    for (const variable of state) variable.assign(this.#copy(variable));
    const beforeIds = state.map((variable) => this.idOf(variable));
    fed.forEach((input, index) => {
      recording.name(this.idOf(input), inputEnd(index));
    });
    beforeIds.forEach((id, index) => {
      recording.name(id, stateEnd(index));
    });
    const outputs = present(
      this.#during(recording, () =>
        step(
          Object.fromEntries(inputs.map(([name], index) => [name, fed[index]])),
        ),
      ),
    );
    const graph = buildStateGraph({
      nodes: recording.nodes,
      updates: recording.updates,
      endOf: (id) => recording.endOf(id),
      inputs: fed.map((input) => this.#typeOf(input)),
      state: state.map((variable, index) => ({
        ...this.#typeOf(variable),
        before: beforeIds[index]!,
        after: this.idOf(variable),
      })),
      outputs: outputs.map(([, output]) => ({
        end: recording.endOf(this.idOf(output)),
        dtype: this.#typeOf(output).dtype,
      })),
    });
    tf.dispose(outputs.map(([, output]) => output));
    return { graph, outputs: outputs.map(([name]) => name) };
  }

  #during<T>(recording: Recording, compute: () => T): T {
    const { backend } = this;
    const { binding } = backend;
    this.#recording = recording;
    backend.binding = recording.binding;
    try {
      return compute();
    } finally {
      backend.binding = binding;
      this.#recording = undefined;
    }
  }

  #copy(tensor: Tensor): Tensor {
    return this.backend.executeSingleOutput('Identity', [], [tensor]);
  }

  #typeOf({ shape, dtype }: Tensor): TensorType {
    return { shape, dtype: dtypeNumber(this.backend.binding, dtype) };
  }
}

/** Entries with a tensor. */
export const present = (
  tensors: NamedTensors,
): readonly (readonly [string, Tensor])[] =>
  Object.entries(tensors).flatMap(([name, tensor]) =>
    tensor === undefined ? [] : [[name, tensor] as const],
  );

/** An element type as libtensorflow numbers it. */
function dtypeNumber(binding: Binding, dtype: DataType): number {
  switch (dtype) {
    case 'float32':
      return binding.TF_FLOAT;
    case 'int32':
      return binding.TF_INT32;
    case 'bool':
      return binding.TF_BOOL;
    case 'complex64':
    case 'string':
      throw new Error(
        `A compiled step takes and yields float32, int32 and bool, not ${dtype}.`,
      );
  }
}
