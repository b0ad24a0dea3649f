import type { TObject } from '../util/type.ts';
import type { Artifact, NewArtifact } from '../artifact/artifact.ts';
import { weightArray, type ModelValue } from '../artifact/model.ts';
import { NodeError } from '../kind/kind.ts';
import {
  architectureSettings,
  buildNetwork,
  type ArchitectureSetting,
} from '../model/build-network.ts';
import { ModelError } from '../model/model-error.ts';
import type { Network } from '../model/network.ts';
import { parameterCount, type PlainWeights } from '../model/weights.ts';
import {
  bindObjective,
  objectiveSettings,
  type BoundObjective,
  type ObjectiveSetting,
} from '../ops/loss/bind-objective.ts';
import { ndArray } from '../tensor/nd-array.ts';
import type { JsonObject } from '../util/json.ts';
import { shapeText } from '../ops/check.ts';

/** A trained network as a node works with it. */
export interface RestoredModel {
  readonly architecture: ArchitectureSetting;
  readonly network: Network;
  readonly objective: BoundObjective;
  readonly weights: PlainWeights;
}

/** What of a model's value is not its shape or its weights. */
export type ModelFacts = Pick<
  ModelValue,
  'classNames' | 'imageShape' | 'epochs' | 'accuracy'
>;

/** A network and its weights as an artifact. */
export const modelArtifact = (
  { architecture, network, objective, weights }: RestoredModel,
  facts: ModelFacts,
): NewArtifact<'model'> => ({
  type: 'model',
  value: {
    architecture,
    objective: objective.setting,
    parameterCount: parameterCount(network.weights),
    ...facts,
  },
  arrays: Object.fromEntries(
    network.weights.map(({ name, shape }) => [
      weightArray(name),
      ndArray('float32', shape, weights[name] ?? new Float32Array(0)),
    ]),
  ),
});

/**
 * Builds the network of a model again, with its weights.
 *
 * @throws {NodeError} if the artifact does not describe a network of this version, or lacks a weight.
 */
export async function restoreModel(
  model: Artifact<'model'>,
): Promise<RestoredModel> {
  const { value } = model;
  const architecture = await checked<ArchitectureSetting>(
    value.architecture,
    architectureSettings,
    'architecture',
  );
  const objective = await checked<ObjectiveSetting>(
    value.objective,
    objectiveSettings,
    'objective',
  );
  const network = asNodeError(() =>
    buildNetwork(architecture, {
      channels: value.imageShape[2],
      classes: value.classNames.length,
    }),
  );
  const weights: Record<string, Float32Array> = {};
  for (const { name, shape } of network.weights) {
    if (!model.arrayNames.includes(weightArray(name))) {
      throw new NodeError(
        `Input "model" has no weight "${name}", which its architecture asks for.`,
      );
    }
    const array = model.array(weightArray(name), 'float32');
    if (shapeText(array.shape) !== shapeText(shape)) {
      throw new NodeError(
        `Weight "${name}" of input "model" is ${shapeText(array.shape)}, but its architecture asks for ${shapeText(shape)}.`,
      );
    }
    weights[name] = array.data;
  }
  return {
    architecture,
    network,
    objective: bindObjective(objective),
    weights,
  };
}

/** Errors of the model's rooms, whose messages are for the user, as errors of the node. */
export function asNodeError<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    throw error instanceof ModelError ? new NodeError(error.message) : error;
  }
}

/** The same for work that takes time. */
export async function awaitAsNodeError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof ModelError ? new NodeError(error.message) : error;
  }
}

/**
 * A tagged setting out of an artifact, which may come from an import. The checker is loaded here, since processes that only
 * schedule would pay a tenth of a second for it.
 */
async function checked<T extends { readonly type: string }>(
  setting: JsonObject,
  variants: Readonly<Record<string, TObject>>,
  what: string,
): Promise<T> {
  const { Check } = await import('typebox/value');
  const { type, ...rest } = setting;
  const schema =
    typeof type === 'string' && Object.hasOwn(variants, type)
      ? variants[type]
      : undefined;
  if (schema === undefined || !Check(schema, rest)) {
    throw new NodeError(
      `The ${what} of input "model" is not one that this version knows: ${JSON.stringify(setting).slice(0, 200)}.`,
    );
  }
  return setting as unknown as T;
}
