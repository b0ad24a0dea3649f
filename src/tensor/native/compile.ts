import type { CompiledStep } from '../compiled-step.ts';
import { tf, type Tensor, type Variable } from '../tf.ts';
import type { SessionShelf, ShelvedSession } from './graph/session-shelf.ts';
import type { StateGraph } from './graph/state-graph.ts';
import { present, type NamedTensors, type Recorder } from './recorder.ts';

/** What the steps of a backend share. */
export interface NativeTools {
  readonly recorder: Recorder;
  readonly sessions: SessionShelf;
}

/** A step for inputs of certain shapes: a graph that holds the state. */
interface Trace {
  readonly graph: StateGraph;
  readonly outputs: readonly string[];
  readonly shelved: ShelvedSession;
  /** Whether the graph's variables have the values of the state. */
  isCurrent: boolean;
}

/**
 * A step as TensorFlow graphs, one for each set of input shapes: recorded at the first call, replayed at every one, the
 * first included, so that a step gives the same bytes wherever a training begins.
 *
 * The state is in one place at a time, the variables or the graph that changed it last, and moves when another place needs
 * it.
 */
export class NativeStep implements CompiledStep<NamedTensors, NamedTensors> {
  readonly #recorder: Recorder;
  readonly #sessions: SessionShelf;
  readonly #step: (inputs: NamedTensors) => NamedTensors;
  readonly #state: readonly Variable[];
  readonly #traces = new Map<string, Trace>();
  /** Where the state is, if not in the variables. */
  #holder: Trace | undefined;

  constructor(
    { recorder, sessions }: NativeTools,
    step: (inputs: NamedTensors) => NamedTensors,
    state: readonly Variable[],
  ) {
    this.#recorder = recorder;
    this.#sessions = sessions;
    this.#step = step;
    this.#state = state;
  }

  run(inputs: NamedTensors): NamedTensors {
    const fed = present(inputs);
    const trace = this.#traceFor(fed);
    if (!trace.isCurrent) {
      this.settle();
      tf.dispose(this.#call(trace, 'set', this.#state));
      trace.isCurrent = true;
    }
    const made = this.#call(
      trace,
      'step',
      fed.map(([, input]) => input),
    );
    if (trace.graph.changed.length > 0) {
      for (const other of this.#traces.values()) {
        other.isCurrent = other === trace;
      }
      this.#holder = trace;
    }
    return Object.fromEntries(
      trace.outputs.map((name, index) => [name, made[index]]),
    );
  }

  settle(): void {
    const holder = this.#holder;
    if (holder === undefined) return;
    const values = this.#call(holder, 'get', []);
    holder.graph.changed.forEach((variable, index) => {
      this.#state[variable]!.assign(values[index]!);
    });
    tf.dispose(values);
    this.#holder = undefined;
  }

  dispose(): void {
    for (const { shelved } of this.#traces.values()) {
      this.#sessions.putBack(shelved);
    }
    this.#traces.clear();
    this.#holder = undefined;
  }

  #traceFor(fed: readonly (readonly [string, Tensor])[]): Trace {
    const name = fed
      .map(([key, { dtype, shape }]) => `${key} ${dtype} ${shape.join('×')}`)
      .join();
    let trace = this.#traces.get(name);
    if (trace === undefined) {
      this.settle();
      const { graph, outputs } = this.#recorder.record(
        this.#step,
        fed,
        this.#state,
      );
      const shelved = this.#sessions.take(
        graph.nodes,
        this.#state.reduce((sum, { size }) => sum + 4 * size, 0),
      );
      trace = { graph, outputs, shelved, isCurrent: false };
      this.#traces.set(name, trace);
    }
    return trace;
  }

  #call(
    { shelved, graph }: Trace,
    call: 'step' | 'set' | 'get',
    tensors: readonly Tensor[],
  ): Tensor[] {
    const { backend } = this.#recorder;
    return shelved.session
      .run(graph[call], backend.getInputTensorIds(tensors))
      .map((metadata) => backend.createOutputTensor(metadata));
  }
}
