import type { Static } from '../util/type.ts';
import { architectures, type Architecture } from './index.ts';
import type { Network } from './network.ts';

type Architectures = typeof architectures;
/** Name of an architecture in pipeline files. */
export type ArchitectureName = keyof Architectures;

/** Settings of every architecture, by name: what a pipeline's `model` may say beside `type`. */
export const architectureSettings = Object.fromEntries(
  Object.entries(architectures).map(([name, { settings }]) => [name, settings]),
) as { readonly [K in ArchitectureName]: Architectures[K]['settings'] };

/** A network as pipeline files write it, defaults filled in. */
export type ArchitectureSetting = {
  [K in ArchitectureName]: { readonly type: K } & Static<
    Architectures[K]['settings']
  >;
}[ArchitectureName];

/**
 * Builds the network that a setting describes: the same setting and shape give the same network.
 *
 * @throws {ModelError} if the settings don't fit together.
 */
export function buildNetwork(
  setting: ArchitectureSetting,
  shape: { readonly channels: number; readonly classes: number },
): Network {
  const architecture: Architecture = architectures[setting.type];
  return architecture.build(setting, shape);
}
