import type { Attribute, GraphNode, TensorType } from './graph.ts';
import { neededBy } from './graph.ts';
import type { MomentumUpdate } from './recording.ts';

/** What was recorded of a step, and how it is joined to its state and its inputs. */
export interface RecordedStep {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly TensorType[];
  readonly state: readonly RecordedVariable[];
  readonly outputs: readonly RecordedOutput[];
  readonly updates: readonly MomentumUpdate[];
  /** The end of an edge that a tensor is, by its number. */
  readonly endOf: (id: number) => string;
}

/** What a step yields: the end of an edge. */
export interface RecordedOutput {
  readonly end: string;
  readonly dtype: number;
}

/** A variable's tensor before and after the step, by their numbers. */
export interface RecordedVariable extends TensorType {
  readonly before: number;
  readonly after: number;
}

/** The end of an edge that an input is, within the step. */
export const inputEnd = (index: number): string => `input_${index}:0`;

/** The end of an edge that a variable's value before the step is. */
export const stateEnd = (index: number): string => `value_${index}:0`;

/** A step as a graph that holds its own variables. It is run in three ways, each by the edges that are fed and fetched. */
export interface StateGraph {
  readonly nodes: readonly GraphNode[];
  /** Variables that a step changes, by their index. */
  readonly changed: readonly number[];
  /** Takes a step: inputs are fed. */
  readonly step: Call;
  /** Sets all variables: their values are fed, and what is fetched has no meaning. */
  readonly set: Call;
  /** Fetches the variables in `changed`. */
  readonly get: Call;
}

/** Ends of edges that are fed and fetched. */
export interface Call {
  readonly feeds: readonly string[];
  readonly fetches: readonly string[];
}

/** Makes the graph of a recorded step. Variables live in it as resources, so that no weight travels in a step. */
export function buildStateGraph(recorded: RecordedStep): StateGraph {
  const { inputs, state } = recorded;
  const placeholder = (name: string, type: TensorType): GraphNode => ({
    name,
    op: 'Placeholder',
    inputs: [],
    attributes: { dtype: dtype(type), shape: shape(type) },
  });
  const handle = (index: number): string => `variable_${index}:0`;
  const variables = state.flatMap((variable, index): GraphNode[] => [
    {
      name: `variable_${index}`,
      op: 'VarHandleOp',
      inputs: [],
      attributes: {
        dtype: dtype(variable),
        shape: shape(variable),
        shared_name: { type: 'string', value: `variable_${index}` },
      },
    },
    {
      name: `value_${index}`,
      op: 'ReadVariableOp',
      inputs: [handle(index)],
      attributes: { dtype: dtype(variable) },
    },
    placeholder(`new_${index}`, variable),
    assignment(`set_${index}`, handle(index), `new_${index}:0`, variable),
  ]);
  const { changed, nodes: changes } = changesOf(recorded, handle);
  const everything = [
    ...inputs.map((type, index) => placeholder(`input_${index}`, type)),
    ...variables,
    ...recorded.nodes,
    ...changes,
    ...recorded.outputs.map(({ end, dtype: value }, index): GraphNode => ({
      name: `output_${index}`,
      op: 'Identity',
      inputs: [end, ...changes.map(({ name }) => `^${name}`)],
      attributes: { T: { type: 'dtype', value } },
    })),
    mark(
      'stepped',
      changes.map(({ name }) => name),
    ),
    mark(
      'set',
      state.map((_, index) => `set_${index}`),
    ),
  ];
  const step: Call = {
    feeds: inputs.map((_, index) => inputEnd(index)),
    // Something has to be fetched, or nothing is done.
    fetches:
      recorded.outputs.length > 0
        ? recorded.outputs.map((_, index) => `output_${index}:0`)
        : ['stepped:0'],
  };
  const set: Call = {
    feeds: state.map((_, index) => `new_${index}:0`),
    fetches: ['set:0'],
  };
  const get: Call = { feeds: [], fetches: changed.map(stateEnd) };
  const ends = [step, set, get].flatMap(({ feeds, fetches }) => [
    ...feeds,
    ...fetches,
  ]);
  return { nodes: neededBy(ends, everything), changed, step, set, get };
}

/** What a step does to its variables, as nodes. */
function changesOf(
  { state, updates, endOf }: RecordedStep,
  handle: (index: number) => string,
): { readonly changed: readonly number[]; readonly nodes: GraphNode[] } {
  const changed = state.flatMap(({ before, after }, index) =>
    before === after ? [] : [index],
  );
  /** The variable that goes from one tensor to another. */
  const findChange = (before: number, after: number): number =>
    state.findIndex(
      (variable) => variable.before === before && variable.after === after,
    );
  const updated = new Set<number>();
  const nodes: GraphNode[] = [];
  for (const update of updates) {
    const weight = findChange(update.weight, update.newWeight);
    const velocity = findChange(update.velocity, update.newVelocity);
    // Where one of the two became something else, its recorded ops say what.
    if (weight < 0 || velocity < 0) continue;
    updated.add(weight).add(velocity);
    nodes.push({
      name: `update_${weight}`,
      op: 'ResourceApplyMomentum',
      inputs: [
        handle(weight),
        handle(velocity),
        endOf(update.rate),
        endOf(update.gradient),
        endOf(update.momentum),
        // Whoever needs the value of before reads it first.
        `^value_${weight}`,
        `^value_${velocity}`,
      ],
      attributes: {
        T: dtype(state[weight]!),
        use_locking: { type: 'bool', value: false },
        use_nesterov: { type: 'bool', value: true },
      },
    });
  }
  for (const index of changed) {
    if (updated.has(index)) continue;
    const variable = state[index]!;
    const name = `update_${index}`;
    const assign = assignment(
      name,
      handle(index),
      endOf(variable.after),
      variable,
    );
    nodes.push({
      ...assign,
      inputs: [...assign.inputs, `^value_${index}`],
    });
  }
  return { changed, nodes };
}

const dtype = ({ dtype: value }: TensorType): Attribute => ({
  type: 'dtype',
  value,
});

const shape = ({ shape: value }: TensorType): Attribute => ({
  type: 'shape',
  value,
});

const assignment = (
  name: string,
  handle: string,
  value: string,
  variable: TensorType,
): GraphNode => ({
  name,
  op: 'AssignVariableOp',
  inputs: [handle, value],
  attributes: { dtype: dtype(variable) },
});

/** Something to fetch once other nodes are done. */
const mark = (name: string, after: readonly string[]): GraphNode => ({
  name,
  op: 'Const',
  inputs: after.map((node) => `^${node}`),
  attributes: {
    dtype: { type: 'dtype', value: INT32 },
    value: {
      type: 'tensor',
      value: { dtype: INT32, shape: [], bytes: new Uint8Array(4) },
    },
  },
});

/** `DT_INT32` of TensorFlow. */
const INT32 = 3;
