import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { downloadFromIndex } from '../../src/native/package-index.ts';
import { TEST_PINS, WHEEL, WHEEL_FILE } from '../support/fake-native.ts';
import { startIndex } from '../support/package-index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const wheel = TEST_PINS.recipes[0]?.wheel;
assert.ok(wheel);

/** Downloads the wheel of the tests from an index; answers with what arrived. */
async function download(
  context: TestContext,
  index: string,
  signal = new AbortController().signal,
): Promise<{ readonly bytes: Buffer; readonly progress: readonly number[] }> {
  const path = join(temporaryFolder(context), WHEEL_FILE);
  const progress: number[] = [];
  await downloadFromIndex({
    ...{ index, path, signal, wheel: wheel ?? assert.fail() },
    wayOut: 'Or --from FILE',
    progress: (done) => progress.push(done),
  });
  return { bytes: readFileSync(path), progress };
}

for (const form of ['json', 'html'] as const) {
  test(`a wheel is found in an index that answers in ${form}`, async (context) => {
    const index = await startIndex(context, { form });
    const { bytes, progress } = await download(context, index.address);
    assert.ok(bytes.equals(WHEEL));
    assert.equal(progress.at(-1), WHEEL.length);
    assert.deepEqual(
      index.requests.map(({ path }) => path),
      ['/simple/tensorflow-cpu/', `/files/${WHEEL_FILE}`],
    );
  });
}

test('name and password go to the host that they were given for, and into no message', async (context) => {
  const index = await startIndex(context);
  const withPassword = index.address.replace('//', '//me:s%40cret@');
  await download(context, withPassword);
  const expected = `Basic ${Buffer.from('me:s@cret').toString('base64')}`;
  assert.deepEqual(
    index.requests.map(({ password }) => password),
    [expected, expected],
  );
  await assert.rejects(
    download(context, withPassword.replace('/simple', '/other')),
    ({ message }: Error) => !message.includes('cret') && /404/.test(message),
  );
  const other = await startIndex(context);
  const files = other.address.replace('/simple', '/files');
  const elsewhere = await startIndex(context, {
    misbehave: (_request, response) => {
      response.setHeader('content-type', 'application/json');
      const url = `${files}/${WHEEL_FILE}`;
      response.end(JSON.stringify({ files: [{ filename: WHEEL_FILE, url }] }));
      return true;
    },
  });
  await download(context, elsewhere.address.replace('//', '//me:secret@'));
  assert.deepEqual(
    other.requests.map(({ password }) => password),
    [undefined],
  );
});

test('an index without the project, or without the file, is named with its answer', async (context) => {
  const index = await startIndex(context);
  await assert.rejects(
    download(context, index.address.replace('/simple', '/none')),
    {
      name: 'InstallError',
      message:
        /"http:\/\/127\.0\.0\.1:\d+\/none\/tensorflow-cpu\/" answered 404 Not Found\. .*--from FILE$/,
    },
  );
  const empty = await startIndex(context, {
    misbehave: (_request, response) => {
      response.end('<html><a href="tensorflow_cpu-1.0.tar.gz">other</a>');
      return true;
    },
  });
  await assert.rejects(download(context, empty.address), {
    message: /has no "tensorflow_cpu-9\.9\.0.*" at "http:.*\/tensorflow-cpu\/"/,
  });
});

test('without a connection the address and the cause are named', async (context) => {
  await assert.rejects(download(context, 'http://127.0.0.1:1/simple'), {
    name: 'InstallError',
    message:
      /The connection to "http:\/\/127\.0\.0\.1:1\/simple\/tensorflow-cpu\/" failed: .+\. Connect and try again/,
  });
  await assert.rejects(download(context, 'no address'), {
    message: /PIP_INDEX_URL is not an address/,
  });
});

test('a connection that breaks, and a file that does not end, are told', async (context) => {
  const answering = (
    send: (bytes: (more: Buffer) => void, end: () => void) => void,
  ) =>
    startIndex(context, {
      misbehave: (request, response) => {
        if (request.url?.endsWith('.whl') !== true) return false;
        send(
          (more) => response.write(more),
          () => response.destroy(),
        );
        return true;
      },
    });
  const broken = await answering((write, end) => {
    write(WHEEL.subarray(0, 100));
    setTimeout(end, 20);
  });
  await assert.rejects(download(context, broken.address), {
    name: 'InstallError',
    message: /The connection to ".*\.whl" failed/,
  });
  const endless = await answering((write) => {
    write(Buffer.alloc(WHEEL.length + 1));
  });
  await assert.rejects(download(context, endless.address), {
    name: 'InstallError',
    message: /sends more than/,
  });
});

test('an interrupt ends a download', async (context) => {
  const controller = new AbortController();
  const index = await startIndex(context, {
    misbehave: (request, response) => {
      if (request.url?.endsWith('.whl') !== true) return false;
      response.write(WHEEL.subarray(0, 100));
      setTimeout(() => {
        controller.abort();
      }, 20);
      return true;
    },
  });
  await assert.rejects(download(context, index.address, controller.signal), {
    name: 'AbortError',
  });
});
