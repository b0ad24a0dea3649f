import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SVG_ARRAY, type FigureValue } from '../artifact/figure.ts';
import { figureToCsv, figureToText } from '../artifact/figure-text.ts';
import type { TableValue } from '../artifact/table.ts';
import { tableToCsv, tableToText } from '../artifact/table-text.ts';
import { DamagedArtifactError } from '../artifact/codec.ts';
import { savedMetadata } from '../artifact/array-files/saved-artifact.ts';
import { encodeNpy } from '../artifact/npy.ts';
import { encodeSafetensors } from '../artifact/safetensors.ts';
import { openStore } from '../cache/open-store.ts';
import { commandLineInvalid } from '../diagnostics/catalogue/shape.ts';
import { visible } from '../util/visible.ts';
import { readResults, type NodeResult } from '../engine/read-results.ts';
import type { NodeName } from '../pipeline/plan.ts';
import { errorCode, errorMessage } from '../util/error-message.ts';
import type { Json, JsonObject } from '../util/json.ts';
import { makeFolder } from '../util/make-folder.ts';
import { argumentSpan } from './argument-span.ts';
import { describeValue } from './describe-value.ts';
import { EXIT } from './exit-codes.ts';
import { openNodes } from './open-file.ts';
import type { ArrayFormat, ShowOptions } from './options.ts';
import { cacheFolder } from './project-folder.ts';
import { reportInvalid } from './report-invalid.ts';
import { usesColor } from './uses-color.ts';
import { sayWaiting } from './say-waiting.ts';

type Computed = Extract<NodeResult, { type: 'computed' }>;

/** What programs see: the node's value, with its arrays (if it has any) as dtype, shape and digest under `arrays`. */
function asJson({ manifest }: Computed): Json {
  const arrays = Object.entries(manifest.arrays).map(
    ([name, { dtype, shape, digest }]) =>
      [name, { dtype, shape, digest }] as const,
  );
  return arrays.length === 0
    ? manifest.value
    : {
        ...(manifest.value as JsonObject),
        arrays: Object.fromEntries(arrays),
      };
}

function asText(name: NodeName, { manifest, artifact }: Computed): string {
  if (artifact.type === 'table') {
    return tableToText(artifact.value as TableValue, {
      width: process.stdout.columns || 80,
      color: usesColor(process.stdout, process.env),
    });
  }
  if (artifact.type === 'figure') {
    return figureToText(artifact.value as FigureValue);
  }
  return [
    `${name}: ${manifest.type}`,
    ...describeValue(manifest.value, 2).map(visible),
    ...Object.entries(manifest.arrays).map(
      ([array, { dtype, shape }]) =>
        `  array ${visible(array)}: ${dtype} [${shape.join(', ')}]`,
    ),
    '',
  ].join('\n');
}

/** A name that every file system takes; node names hold brackets, commas and colons. */
const fileName = (name: string): string =>
  name.replaceAll(/[^A-Za-z0-9._=-]+/g, '_').replace(/_$/, '');

/** Whole or not at all: a file of the same name is replaced once the new one is complete. */
function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.part`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

/** Writes one node's value and arrays below `folder`; answers with the files. */
function writeOut(
  folder: string,
  name: NodeName,
  result: Computed,
  format: ArrayFormat,
): string[] {
  const { artifact, manifest } = result;
  const stem = join(folder, fileName(name));
  const written: string[] = [];
  const write = (path: string, content: string | Uint8Array): void => {
    writeWhole(path, content);
    written.push(path);
  };
  write(`${stem}.json`, `${JSON.stringify(manifest.value, null, 2)}\n`);
  if (artifact.type === 'table') {
    write(`${stem}.csv`, tableToCsv(artifact.value as TableValue));
  }
  if (artifact.type === 'figure') {
    write(`${stem}.csv`, figureToCsv(artifact.value as FigureValue));
    write(`${stem}.svg`, artifact.array(SVG_ARRAY, 'uint8').data);
    return written;
  }
  const arrays = Object.entries(manifest.arrays).map(
    ([array, { dtype }]) => [array, artifact.array(array, dtype)] as const,
  );
  if (arrays.length === 0) return written;
  if (format === 'safetensors') {
    write(
      `${stem}.safetensors`,
      encodeSafetensors(
        Object.fromEntries(arrays),
        savedMetadata(manifest.type, manifest.value),
      ),
    );
  } else {
    for (const [array, content] of arrays) {
      write(`${stem}.${fileName(array)}.npy`, encodeNpy(content));
    }
  }
  return written;
}

/** `pipeline show FILE NODE…`: results from the cache. Runs nothing. */
export async function show(
  file: string,
  patterns: readonly string[],
  options: ShowOptions,
): Promise<number> {
  const opened = openNodes(file, patterns, options);
  if (!opened.ok) return reportInvalid(opened.error, options);
  const { plan, registry, nodes } = opened.value;
  const folder = cacheFolder(file, options.cache, process.env);
  await using store = await openStore({
    folder,
    readOnly: true,
    waits: sayWaiting,
  });
  const results = await readResults({ plan, nodes, registry, store });

  const computed: [NodeName, Computed][] = [];
  let missing = false;
  for (const [name, result] of results) {
    if (result.type === 'computed') computed.push([name, result]);
    else {
      missing = true;
      process.stderr.write(`${result.reason}\n`);
    }
  }
  if (options.out !== undefined) {
    try {
      makeFolder(options.out);
      for (const [name, result] of computed) {
        try {
          const files = writeOut(options.out, name, result, options.format);
          process.stderr.write(files.map((path) => `wrote ${path}\n`).join(''));
        } catch (error) {
          if (!(error instanceof DamagedArtifactError)) throw error;
          missing = true;
          process.stderr.write(`${name}: ${error.message}\n`);
        }
      }
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      const why = `The results can't be written to "${options.out}": ${errorMessage(error)}.`;
      return reportInvalid(
        [commandLineInvalid(why, argumentSpan(options.out))],
        options,
      );
    }
  }
  if (options.json === true) {
    const [single] = computed;
    const value: Json =
      nodes.size === 1 && single !== undefined
        ? asJson(single[1])
        : Object.fromEntries(
            computed.map(([name, result]) => [name, asJson(result)]),
          );
    if (computed.length > 0) process.stdout.write(`${JSON.stringify(value)}\n`);
  } else if (options.out === undefined) {
    process.stdout.write(
      computed.map(([name, result]) => asText(name, result)).join('\n'),
    );
  }
  return missing ? EXIT.failed : EXIT.done;
}
