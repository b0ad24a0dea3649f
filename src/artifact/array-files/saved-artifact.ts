import type { Json } from '../../util/json.ts';

const TYPE = 'penultimate.type';
const VALUE = 'penultimate.value';

/** What a `.safetensors` file of an artifact's arrays says beside them, so that it can be read back whole. */
export const savedMetadata = (
  type: string,
  value: Json,
): Readonly<Record<string, string>> => ({
  [TYPE]: type,
  [VALUE]: JSON.stringify(value),
});

/** The same out of a file's metadata: undefined where another program wrote it, null as value where it is not JSON. */
export function readSaved(
  metadata: Readonly<Record<string, string>>,
): { readonly type: string; readonly value: Json } | undefined {
  const type = metadata[TYPE];
  if (type === undefined) return undefined;
  try {
    return { type, value: JSON.parse(metadata[VALUE] ?? '') as Json };
  } catch {
    return { type, value: null };
  }
}
