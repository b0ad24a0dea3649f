import { nativeFolder } from '../native/native-folder.ts';
import { SOURCE_TEXT } from './backend-words.ts';
import { EXIT } from './exit-codes.ts';
import { findBackends, type FoundBackend } from './find-backends.ts';
import { folderBytes } from './folder-bytes.ts';
import { formatBytes } from '../util/quantities.ts';
import { textTable } from './text-table.ts';

/** One line of the list. */
interface Listed {
  readonly backend: string;
  readonly source: FoundBackend['source'];
  /** Version of libtensorflow. */
  readonly version: string | null;
  readonly bytes: number | null;
  readonly folder: string | null;
}

const describe = ({ name, source, installation }: FoundBackend): Listed => ({
  backend: name,
  source,
  version: installation?.tensorflowVersion ?? null,
  bytes: installation ? folderBytes(installation.folder) : null,
  folder: installation?.folder ?? null,
});

/** `pipeline backend list`: what is on this machine. Loads and changes nothing. */
export function listBackends(options: { readonly json?: boolean }): number {
  const found = findBackends(process.env);
  const listed = found.map(describe);
  if (options.json === true) {
    process.stdout.write(
      `${JSON.stringify({ folder: nativeFolder(process.env), backends: listed })}\n`,
    );
    return EXIT.done;
  }
  const rows = listed.map(({ backend, source, version, bytes, folder }) => [
    backend,
    source === null ? 'not installed' : SOURCE_TEXT[source],
    version ?? '',
    bytes === null ? '' : formatBytes(bytes),
    folder ?? '',
  ]);
  const missing = found.filter(({ source }) => source === null);
  process.stdout.write(
    textTable(
      ['backend', 'comes', 'libtensorflow', 'size', 'folder'],
      rows,
      5,
    ) + missing.map(({ wayOut }) => `Not there yet: ${wayOut}\n`).join(''),
  );
  return EXIT.done;
}
