import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { checkBackend } from '../../src/cli/check-backend.ts';
import { rememberedCheck } from '../../src/cli/remembered-check.ts';
import type { NativeName } from '../../src/native/locate.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** An installation in an empty folder, and a check that is counted and answers what it is told. */
function setUp(context: TestContext, name: NativeName = 'tensorflow') {
  const folder = temporaryFolder(context);
  const installation = {
    ...{ name, folder, packageFolder: join(folder, 'package') },
    ...{ tensorflowVersion: '9.9.0', source: 'installed' as const },
  };
  let count = 0;
  let answer: Awaited<ReturnType<typeof checkBackend>> = {
    ...{ device: 'cpu', gigaflops: 50, seconds: 1, facts: {} },
  };
  return {
    folder,
    count: () => count,
    willAnswer: (next: typeof answer) => {
      answer = next;
    },
    ask: (environment: NodeJS.ProcessEnv = {}) =>
      rememberedCheck(installation, {
        environment,
        signal: new AbortController().signal,
        check: () => {
          count += 1;
          return Promise.resolve(answer);
        },
      }),
  };
}

test('a backend that passed is not checked again', async (context) => {
  const { ask, count } = setUp(context);
  assert.deepEqual(await ask(), { withoutGpu: null });
  const again = await ask();
  assert.equal(typeof again === 'object' && again.withoutGpu, null);
  assert.equal(count(), 1);
});

test('a backend is checked again where a variable that its library reads has changed', async (context) => {
  const { ask, count } = setUp(context);
  await ask();
  await ask({ CUDA_VISIBLE_DEVICES: '1' });
  assert.equal(count(), 2);
  await ask({ CUDA_VISIBLE_DEVICES: '1', LD_LIBRARY_PATH: '/opt/lib' });
  assert.equal(count(), 3);
  await ask({
    ...{ CUDA_VISIBLE_DEVICES: '1', LD_LIBRARY_PATH: '/opt/lib' },
    NOTHING_TO_DO_WITH_IT: '1',
  });
  assert.equal(count(), 3);
});

test('a failed check is not remembered: the backend may have been repaired', async (context) => {
  const { ask, count, willAnswer, folder } = setUp(context);
  willAnswer('It does not load.');
  assert.equal(await ask(), 'It does not load.');
  assert.deepEqual(readdirSync(folder), []);
  willAnswer({ device: 'cpu', gigaflops: 50, seconds: 1, facts: {} });
  assert.deepEqual(await ask(), { withoutGpu: null });
  assert.equal(count(), 2);
});

test('a backend for GPUs that computes on the processor says why, the second time too', async (context) => {
  const { ask, count } = setUp(context, 'tensorflow-gpu');
  const why = (answer: Awaited<ReturnType<typeof ask>>): string | null =>
    typeof answer === 'string' ? answer : answer.withoutGpu;
  const first = why(await ask());
  assert.match(first ?? '', /"tensorflow-gpu" computes on the processor here/);
  assert.equal(why(await ask()), first);
  assert.equal(count(), 1);
});

test('a backend for GPUs that has found one has nothing to say', async (context) => {
  const { ask, willAnswer } = setUp(context, 'tensorflow-gpu');
  willAnswer({ device: 'gpu', gigaflops: 9000, seconds: 1, facts: {} });
  assert.deepEqual(await ask(), { withoutGpu: null });
});
