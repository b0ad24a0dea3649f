import type { Static, TObject } from '../util/type.ts';
import type { Network } from './network.ts';
import { resnet, resnetSettings } from './resnet.ts';

/** A way to build networks. */
export interface Architecture<S extends TObject = TObject> {
  /** TypeBox object: what stands beside `type` in a pipeline file. */
  readonly settings: S;
  /** @throws {ModelError} if the settings don't fit together. */
  build(
    settings: Static<S>,
    shape: { readonly channels: number; readonly classes: number },
  ): Network;
}

/** Every architecture, by its name in pipeline files. Adding one is a file and a line here. */
export const architectures = {
  resnet: { settings: resnetSettings, build: resnet } satisfies Architecture<
    typeof resnetSettings
  >,
};
