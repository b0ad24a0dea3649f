import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { errorMessage } from '../util/error-message.ts';
import { InstallError, megabytes } from './install-error.ts';
import { parseWheelName, type PinnedWheel } from './wheel-name.ts';

/** An address, and the header that a name and a password in it mean: `fetch` takes no address with them. */
interface Address {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

/** Either form of the simple repository API, the structured one first (PEP 691, PEP 503). */
const ACCEPT = `${JSON_TYPE}, text/html;q=0.5`;

/** Takes name and password out of an address. */
function readAddress(text: string): Address {
  const url = new URL(text);
  const { username, password } = url;
  if (username === '' && password === '') return { url, headers: {} };
  [url.username, url.password] = ['', ''];
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    url,
    headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
  };
}

/** What a download needs. */
export interface IndexDownload {
  /** Address of the index, as `PIP_INDEX_URL` has it. */
  readonly index: string;
  readonly wheel: PinnedWheel;
  /** A sentence for the end of a message: what else may be done. */
  readonly wayOut: string;
  /** The file to write. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Bytes that have arrived. */
  readonly progress: (done: number) => void;
}

/**
 * Fetches a wheel from a package index without pip.
 *
 * @throws {InstallError} naming the address and what it answered.
 */
export async function downloadFromIndex(
  download: IndexDownload,
): Promise<void> {
  const { wheel, wayOut, path, signal, progress } = download;
  const file = await findFile(download);
  const response = await get(file, { wayOut, signal, accept: '*/*' });
  let done = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      progress(done);
      next(
        done > wheel.bytes
          ? new InstallError(
              `"${file.url.href}" sends more than the ${megabytes(wheel.bytes)} that "${wheel.file}" has. Check which index PIP_INDEX_URL names.`,
            )
          : null,
        chunk,
      );
    },
  });
  try {
    await pipeline(response.body, count, createWriteStream(path), { signal });
  } catch (error) {
    signal.throwIfAborted();
    const isOfConnection =
      error instanceof TypeError ||
      ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(
        (error as NodeJS.ErrnoException).code ?? '',
      );
    throw isOfConnection ? notReached(file.url, error, wayOut) : error;
  }
}

/** Looks for a file on the page of its project. */
async function findFile({
  index,
  wheel: { file },
  wayOut,
  signal,
}: IndexDownload): Promise<Address> {
  let root: Address;
  try {
    root = readAddress(index.endsWith('/') ? index : `${index}/`);
  } catch {
    throw new InstallError(
      `PIP_INDEX_URL is not an address of a package index. ${wayOut}`,
    );
  }
  const project = parseWheelName(file)?.project ?? '';
  const page = { ...root, url: new URL(`${project}/`, root.url) };
  const response = await get(page, { wayOut, signal, accept: ACCEPT });
  const text = await response.text();
  const link = text.trimStart().startsWith('{')
    ? linkInJson(text, file)
    : linkInHtml(text, file);
  if (link === undefined) {
    throw new InstallError(
      `The package index has no "${file}" at "${page.url.href}". Name another index in PIP_INDEX_URL. ${wayOut}`,
    );
  }
  const found = readAddress(new URL(link, page.url).href);
  // A password is for the host that it was given for.
  return found.url.host === root.url.host
    ? { ...found, headers: { ...root.headers, ...found.headers } }
    : found;
}

function linkInJson(text: string, file: string): string | undefined {
  const { files } = JSON.parse(text) as {
    readonly files: readonly {
      readonly filename: string;
      readonly url: string;
    }[];
  };
  return files.find(({ filename }) => filename === file)?.url;
}

function linkInHtml(text: string, file: string): string | undefined {
  for (const [, link = ''] of text.matchAll(
    /<a\s[^>]*?href\s*=\s*["']([^"']*)/gi,
  )) {
    const plain = link.replaceAll('&amp;', '&');
    const name =
      plain
        .replace(/[#?].*/s, '')
        .split('/')
        .at(-1) ?? '';
    if (decodeURIComponent(name) === file) return plain;
  }
  return undefined;
}

async function get(
  { url, headers }: Address,
  options: Pick<IndexDownload, 'wayOut' | 'signal'> & {
    readonly accept: string;
  },
): Promise<Response & { readonly body: ReadableStream }> {
  const { wayOut, signal, accept } = options;
  let response: Response;
  try {
    response = await fetch(url, {
      signal,
      // A server that unpacked the file on the way would change its bytes.
      headers: { accept, 'accept-encoding': 'identity', ...headers },
    });
  } catch (error) {
    signal.throwIfAborted();
    throw notReached(url, error, wayOut);
  }
  const { status, statusText, body } = response;
  if (response.ok && body !== null) {
    return response as Response & { readonly body: ReadableStream };
  }
  await body?.cancel();
  throw new InstallError(
    `"${url.href}" answered ${status} ${statusText}. Check which index PIP_INDEX_URL names. ${wayOut}`,
  );
}

function notReached(url: URL, error: unknown, wayOut: string): InstallError {
  // The reason of a failed fetch is its cause; where several addresses of a host failed, that has a code alone.
  const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
  const why =
    cause === undefined
      ? errorMessage(error)
      : cause.message === ''
        ? (cause.code ?? 'no connection')
        : cause.message;
  return new InstallError(
    `The connection to "${url.href}" failed: ${why}. Connect and try again. ${wayOut}`,
    { cause: error },
  );
}
