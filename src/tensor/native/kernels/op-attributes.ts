import type { Binding, OpAttribute } from '../binding.ts';

/** Attributes of ops, in the form that the binding takes. */
export class OpAttributes {
  readonly #binding: Binding;

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** The element type float32. */
  float32(name: string): OpAttribute {
    const { TF_ATTR_TYPE: type, TF_FLOAT: value } = this.#binding;
    return { name, type, value };
  }

  text(name: string, value: string): OpAttribute {
    return { name, type: this.#binding.TF_ATTR_STRING, value };
  }

  float(name: string, value: number): OpAttribute {
    return { name, type: this.#binding.TF_ATTR_FLOAT, value };
  }

  integers(name: string, value: readonly number[]): OpAttribute {
    return { name, type: this.#binding.TF_ATTR_INT, value };
  }

  boolean(name: string, value: boolean): OpAttribute {
    return { name, type: this.#binding.TF_ATTR_BOOL, value };
  }
}
