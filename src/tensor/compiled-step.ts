import type { Tensor } from './tf.ts';

/** What a step takes or yields: tensors by name. An input may be left out; leaving it out is another shape. */
export type StepTensors<T> = { readonly [K in keyof T]: Tensor | undefined };

/** A function of tensors that is called many times, in the form that is fastest on a backend. */
export interface CompiledStep<Inputs, Outputs> {
  /**
   * Takes one step, and changes the state as the function does. The caller disposes inputs and outputs.
   *
   * @throws Error if the function can't be compiled; the message says why.
   */
  run(inputs: Inputs): Outputs;
  /** Brings the variables of the state up to date; to be called before their values are read. */
  settle(): void;
  /** Frees what the compiled form holds. The variables of the state stay the caller's. */
  dispose(): void;
}

/** A step that is the function itself, for backends that gain nothing from another form. */
export const uncompiled = <Inputs, Outputs>(
  step: (inputs: Inputs) => Outputs,
): CompiledStep<Inputs, Outputs> => ({
  run: step,
  settle: () => undefined,
  dispose: () => undefined,
});
