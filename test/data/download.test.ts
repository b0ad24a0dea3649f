import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fetchPinned, sha256Of } from '../../src/data/download.ts';
import { assertDataError, contextWith } from './load-context.ts';

const CONTENT = new Uint8Array(100_000).map((_, index) => (index * 7) % 256);
const SHA256 = sha256Of(CONTENT);

interface Site {
  /** Address of a path of the server. */
  readonly at: (path: string) => string;
  readonly downloads: string;
  readonly requests: string[];
}

/** A server on this machine alone, and an empty folder of downloads. */
async function withSite(
  answer: RequestListener,
  use: (site: Site) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const root = await mkdtemp(join(tmpdir(), 'downloads-'));
  try {
    await use({
      at: (path) => `http://127.0.0.1:${port}/${path}`,
      downloads: join(root, 'downloads'),
      requests,
    });
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(root, { recursive: true });
  }
}

const serve: RequestListener = (request, response) => {
  if (request.url === '/file') {
    response.setHeader('content-length', CONTENT.length);
    response.end(CONTENT);
  } else {
    response.statusCode = 404;
    response.end('nothing here');
  }
};

test('a file is fetched once, checked, and kept under its digest', async () => {
  await withSite(serve, async ({ at, downloads, requests }) => {
    const heard: { done: number; total: number; unit: string }[] = [];
    const context = contextWith({
      downloads,
      progress: (progress) => {
        heard.push(progress);
      },
    });
    const file = { addresses: [at('file')], sha256: SHA256 };
    const bytes = await fetchPinned(file, context, '');
    assert.equal(sha256Of(bytes), SHA256);
    assert.deepEqual(await readdir(downloads), [SHA256]);
    assert.deepEqual(heard.at(-1), {
      done: CONTENT.length,
      total: CONTENT.length,
      unit: 'byte',
    });
    await fetchPinned(file, context, '');
    assert.deepEqual(requests, ['/file']);
  });
});

test('the next address is tried where one fails', async () => {
  await withSite(serve, async ({ at, downloads, requests }) => {
    const file = { addresses: [at('gone'), at('file')], sha256: SHA256 };
    const bytes = await fetchPinned(file, contextWith({ downloads }), '');
    assert.equal(sha256Of(bytes), SHA256);
    assert.deepEqual(requests, ['/gone', '/file']);
  });
});

test('a damaged download is fetched again', async () => {
  await withSite(serve, async ({ at, downloads, requests }) => {
    const context = contextWith({ downloads });
    const file = { addresses: [at('file')], sha256: SHA256 };
    await fetchPinned(file, context, '');
    await writeFile(join(downloads, SHA256), CONTENT.subarray(1));
    assert.equal(sha256Of(await fetchPinned(file, context, '')), SHA256);
    assert.equal(requests.length, 2);
    const kept = await readFile(join(downloads, SHA256));
    assert.equal(sha256Of(kept), SHA256);
  });
});

test('a file put there by hand needs no network', async () => {
  const downloads = await mkdtemp(join(tmpdir(), 'downloads-'));
  await writeFile(join(downloads, SHA256), CONTENT);
  const file = { addresses: ['http://127.0.0.1:1/file'], sha256: SHA256 };
  const bytes = await fetchPinned(file, contextWith({ downloads }), '');
  assert.equal(sha256Of(bytes), SHA256);
  await rm(downloads, { recursive: true });
});

test('other bytes than those expected are refused and not kept', async () => {
  await withSite(serve, async ({ at, downloads }) => {
    const other = sha256Of(new Uint8Array(1));
    await assertDataError(
      fetchPinned(
        { addresses: [at('file')], sha256: other },
        contextWith({ downloads }),
        '',
      ),
      new RegExp(`/file" sent a file with SHA-256 ${SHA256}`),
      new RegExp(`A file with SHA-256 ${other} could not be fetched`),
    );
    assert.deepEqual(await readdir(downloads), []);
  });
});

test('without a connection the message names address, digest and the way out', async () => {
  await assertDataError(
    fetchPinned(
      { addresses: ['http://127.0.0.1:1/file'], sha256: SHA256 },
      contextWith({ downloads: '/some/where' }),
      ', or name a "folder"',
    ),
    new RegExp(`SHA-256 ${SHA256}`),
    /"http:\/\/127\.0\.0\.1:1\/file" failed: .+\. Without/,
    new RegExp(
      `Without a connection, put the file at "/some/where/${SHA256}", or name a "folder"\\.$`,
    ),
  );
});

test('an answer that is no success is named', async () => {
  await withSite(serve, async ({ at, downloads }) => {
    await assertDataError(
      fetchPinned(
        { addresses: [at('gone')], sha256: SHA256 },
        contextWith({ downloads }),
        '',
      ),
      /\/gone" answered 404 Not Found/,
    );
  });
});

test('a connection that breaks leaves nothing behind', async () => {
  const breakOff: RequestListener = (_request, response) => {
    response.setHeader('content-length', CONTENT.length);
    response.write(CONTENT.subarray(0, 5000), () => response.destroy());
  };
  await withSite(breakOff, async ({ at, downloads }) => {
    await assertDataError(
      fetchPinned(
        { addresses: [at('file')], sha256: SHA256 },
        contextWith({ downloads }),
        '',
      ),
      /\/file" failed: /,
    );
    assert.deepEqual(await readdir(downloads), []);
  });
});

test('the abort signal stops a download and leaves nothing behind', async () => {
  const controller = new AbortController();
  const stall: RequestListener = (_request, response) => {
    response.setHeader('content-length', CONTENT.length);
    response.write(CONTENT.subarray(0, 5000));
  };
  await withSite(stall, async ({ at, downloads }) => {
    const context = contextWith({
      downloads,
      signal: controller.signal,
      progress: () => {
        controller.abort();
      },
    });
    await assert.rejects(
      fetchPinned({ addresses: [at('file')], sha256: SHA256 }, context, ''),
      { name: 'AbortError' },
    );
    assert.deepEqual(await readdir(downloads), []);
  });
});

test('several fetches of one file at once all get it whole', async () => {
  await withSite(serve, async ({ at, downloads }) => {
    const file = { addresses: [at('file')], sha256: SHA256 };
    const all = await Promise.all(
      Array.from({ length: 5 }, () =>
        fetchPinned(file, contextWith({ downloads }), ''),
      ),
    );
    for (const bytes of all) assert.equal(sha256Of(bytes), SHA256);
    assert.deepEqual(await readdir(downloads), [SHA256]);
  });
});
