import type { LayerFact } from '../kind/facts.ts';
import {
  buildNetwork,
  type ArchitectureSetting,
} from '../model/build-network.ts';
import { ModelError } from '../model/model-error.ts';
import { layerNames, POOL } from '../model/network.ts';

/** The layers of a network before it is built for a data set; null where its settings don't fit together. */
export function modelLayers(
  model: ArchitectureSetting,
): readonly LayerFact[] | null {
  try {
    const network = buildNetwork(model, { channels: 1, classes: 1 });
    return layerNames(network).map((name) => {
      const map = network.maps.find((layer) => layer.name === name);
      return {
        name,
        width: name === POOL ? network.features : null,
        ...(map === undefined ? {} : { map }),
      };
    });
  } catch (error) {
    // Training says what is wrong with them.
    if (error instanceof ModelError) return null;
    throw error;
  }
}

/** A network's layer once it is extracted: what was rows and columns of channels is features. */
export function extractedLayer(
  { name, width, map }: LayerFact,
  pooling: 'average' | 'none',
  imageSide: number | null,
): LayerFact {
  if (map === undefined) return { name, width };
  if (pooling === 'average') return { name, width: map.channels };
  if (imageSide === null) return { name, width: null };
  const side = Math.ceil(imageSide / map.reduction);
  return { name, width: side * side * map.channels };
}

/** By how much the stem shrinks an image: its stride, twice that with a pooling behind it. */
export const stemReduction = (model: ArchitectureSetting): number =>
  model.stem.stride * (model.stem.pool === true ? 2 : 1);
