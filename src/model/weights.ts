import { Rng } from '../tensor/rng.ts';

/** How a weight begins. */
export type Initial =
  /** Normal with deviation sqrt(2 / fanIn), for layers that a ReLU follows. */
  | { readonly type: 'he-normal'; readonly fanIn: number }
  | { readonly type: 'normal'; readonly deviation: number }
  | { readonly type: 'constant'; readonly value: number };

/** One array of a network. */
export interface WeightSpec {
  /** `block-1/conv-2/filter`; unique in its network. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
  /** False for running statistics. */
  readonly trained: boolean;
  /** Whether weight decay applies: convolutions and linear layers, not biases and batch norm. */
  readonly decays: boolean;
}

/** All arrays of a network in host memory, by name. */
export type PlainWeights = Readonly<Record<string, Float32Array>>;

/** Numbers that an array holds. */
export const elementCount = ({ shape }: WeightSpec): number =>
  shape.reduce((product, length) => product * length, 1);

/** Numbers that training changes. */
export const parameterCount = (specs: readonly WeightSpec[]): number =>
  specs
    .filter(({ trained }) => trained)
    .reduce((total, spec) => total + elementCount(spec), 0);

/**
 * The initial arrays. Each has a stream of its own, named after it: networks that share layers and a seed begin with the
 * same layers, whatever else they have.
 *
 * @param purpose tells the streams of one use from those of another.
 */
export function drawWeights(
  specs: readonly WeightSpec[],
  seed: number,
  purpose: string,
): PlainWeights {
  return Object.fromEntries(
    specs.map((spec) => [
      spec.name,
      draw(spec, Rng.of(seed, `${purpose}/weights/${spec.name}`)),
    ]),
  );
}

function draw(spec: WeightSpec, rng: Rng): Float32Array {
  const values = new Float32Array(elementCount(spec));
  const { initial } = spec;
  if (initial.type === 'constant') return values.fill(initial.value);
  const deviation =
    initial.type === 'normal'
      ? initial.deviation
      : Math.sqrt(2 / initial.fanIn);
  return values.map(() => deviation * rng.normal());
}
