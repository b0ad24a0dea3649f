import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { INDEX_FILES } from './fake-native.ts';

/** A package index on this machine. */
export interface TestIndex {
  /** As `PIP_INDEX_URL` has it. */
  readonly address: string;
  /** What was asked for, with the header that a password makes. */
  readonly requests: {
    readonly path: string;
    readonly password: string | undefined;
  }[];
}

/** How an index of the tests answers otherwise than it should; undefined where it answers as it should. */
export type Misbehaviour = (
  request: IncomingMessage,
  response: ServerResponse,
) => boolean;

/** Starts an index that knows the wheels of the tests; it ends with the test. */
export async function startIndex(
  context: TestContext,
  {
    form = 'json',
    misbehave = () => false,
  }: {
    readonly form?: 'json' | 'html';
    readonly misbehave?: Misbehaviour;
  } = {},
): Promise<TestIndex> {
  const requests: TestIndex['requests'] = [];
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    requests.push({ path, password: request.headers.authorization });
    if (misbehave(request, response)) return;
    const file = INDEX_FILES[path.split('/').at(-1) ?? ''];
    if (file !== undefined) {
      response.end(file);
      return;
    }
    const project = /^\/simple\/([^/]+)\/$/
      .exec(path)?.[1]
      ?.replaceAll('-', '_');
    const names = Object.keys(INDEX_FILES).filter(
      (name) => name.split('-')[0] === project,
    );
    if (names.length === 0) response.writeHead(404).end();
    else if (form === 'html') {
      response.setHeader('content-type', 'text/html');
      response.end(
        names
          .map(
            (name) =>
              `<a data-x="1"\nhref="../../files/${name}?a=1&amp;b=2#sha256=0">${name}</a>`,
          )
          .join('\n'),
      );
    } else {
      response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
      response.end(
        JSON.stringify({
          files: names.map((filename) => ({
            filename,
            url: `../../files/${filename}`,
          })),
        }),
      );
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}/simple`, requests };
}
