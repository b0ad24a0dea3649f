import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Job,
  JobEnd,
  JobStep,
  Quantities,
} from '../../src/scheduler/job.ts';
import { runJobs, type RunJobsOptions } from '../../src/scheduler/run-jobs.ts';
import { deferred, type Deferred } from '../../src/util/deferred.ts';

const DONE: JobStep = { type: 'done' };

interface JobSpec {
  readonly after?: readonly string[];
  readonly duration?: number;
  readonly share?: () => number;
  readonly rank?: number;
  readonly needs?: Quantities;
  readonly run?: () => Promise<JobStep>;
}

/** Runs jobs and notes the order of starts, and how each ended. */
async function runAll(
  specs: Readonly<Record<string, JobSpec>>,
  options: Partial<RunJobsOptions> = {},
): Promise<{
  readonly started: readonly string[];
  readonly ends: Readonly<Record<string, JobEnd>>;
  readonly mostAtOnce: number;
}> {
  const started: string[] = [];
  const ends: Record<string, JobEnd> = {};
  let running = 0;
  let mostAtOnce = 0;
  const jobs = Object.entries(specs).map(
    ([id, { run = () => Promise.resolve(DONE), ...spec }]): Job => ({
      id,
      after: [],
      duration: 1,
      ...spec,
      run: async () => {
        started.push(id);
        mostAtOnce = Math.max(mostAtOnce, ++running);
        try {
          return await run();
        } finally {
          running--;
        }
      },
    }),
  );
  await runJobs({
    jobs,
    limit: 1,
    failFast: false,
    signal: new AbortController().signal,
    retry: () => null,
    ended: (id, end) => {
      assert.ok(!(id in ends), `${id} ended twice`);
      ends[id] = end;
    },
    ...options,
  });
  assert.deepEqual(Object.keys(ends).sort(), Object.keys(specs).sort());
  return { started, ends, mostAtOnce };
}

const fails = (message: string) => (): Promise<JobStep> =>
  Promise.reject(new Error(message));

const outcomes = (ends: Readonly<Record<string, JobEnd>>) =>
  Object.fromEntries(Object.entries(ends).map(([id, end]) => [id, end.type]));

test('no jobs are done at once', async () => {
  assert.deepEqual((await runAll({})).started, []);
});

test('a job starts after all that it waits for', async () => {
  const { started } = await runAll(
    {
      d: { after: ['b', 'c'] },
      b: { after: ['a'] },
      c: { after: ['a'] },
      a: {},
    },
    { limit: 4 },
  );
  assert.deepEqual(started, ['a', 'b', 'c', 'd']);
});

test('the longest remaining path goes first, in the order of the list between equals', async () => {
  const { started } = await runAll({
    short: { duration: 3 },
    second: {},
    first: {},
    long: { duration: 1 },
    longer: { after: ['long'], duration: 5 },
    longest: { after: ['longer'], duration: 5 },
  });
  // Paths: long 11, longer 10, longest 5, short 3, second and first 1.
  assert.deepEqual(started, [
    'long',
    'longer',
    'longest',
    'short',
    'second',
    'first',
  ]);
});

test('as many jobs run at a time as allowed, and no more', async () => {
  const gates = Array.from({ length: 6 }, () => deferred<JobStep>());
  const specs = Object.fromEntries(
    gates.map((gate, index) => [`job ${index}`, { run: () => gate.promise }]),
  );
  const run = runAll(specs, { limit: 3 });
  for (const gate of gates) gate.resolve(DONE);
  assert.equal((await run).mostAtOnce, 3);
});

test('a failure skips all behind it, names itself, and stops nothing else', async () => {
  const { ends, started } = await runAll({
    bad: { run: fails('broken') },
    behind: { after: ['bad'] },
    further: { after: ['behind', 'good'] },
    good: {},
    unrelated: { after: ['good'] },
  });
  assert.deepEqual(outcomes(ends), {
    bad: 'failed',
    behind: 'skipped',
    further: 'skipped',
    good: 'done',
    unrelated: 'done',
  });
  const needs = { type: 'skipped', because: { type: 'needs', failed: 'bad' } };
  assert.deepEqual(ends['behind'], needs);
  assert.deepEqual(ends['further'], needs);
  assert.deepEqual(started, ['bad', 'good', 'unrelated']);
});

test('fail-fast starts nothing more and lets what runs end', async () => {
  const running = deferred<JobStep>();
  const bad = deferred<undefined>();
  const run = runAll(
    {
      bad: {
        duration: 9,
        run: async () => {
          await bad.promise;
          throw new Error('broken');
        },
      },
      running: { duration: 8, run: () => running.promise },
      next: { after: ['running'] },
      waiting: {},
    },
    { limit: 2, failFast: true },
  );
  bad.resolve(undefined);
  await new Promise(setImmediate);
  running.resolve(DONE);
  const { ends, started } = await run;
  assert.deepEqual(started, ['bad', 'running']);
  assert.deepEqual(outcomes(ends), {
    bad: 'failed',
    running: 'done',
    next: 'skipped',
    waiting: 'skipped',
  });
  assert.deepEqual(ends['waiting'], {
    type: 'skipped',
    because: { type: 'fail-fast', failed: 'bad' },
  });
});

test('an abort starts nothing more and waits for what runs', async () => {
  const controller = new AbortController();
  const gates: Deferred<JobStep>[] = [deferred(), deferred()];
  const specs = {
    finishing: { run: () => gates[0]!.promise },
    stopping: { run: () => gates[1]!.promise },
    waiting: {},
    behind: { after: ['finishing'] },
  };
  const ended: string[] = [];
  const run = runAll(specs, { limit: 2, signal: controller.signal });
  void run.then(() => ended.push('all'));
  controller.abort();
  await new Promise(setImmediate);
  assert.deepEqual(ended, []);
  gates[0]!.resolve(DONE);
  gates[1]!.resolve({ type: 'stopped' });
  const { ends, started } = await run;
  assert.deepEqual(started, ['finishing', 'stopping']);
  const stopped = { type: 'skipped', because: { type: 'stopped' } };
  assert.deepEqual(ends, {
    finishing: DONE,
    stopping: stopped,
    waiting: stopped,
    behind: stopped,
  });
});

test('a run whose signal is aborted before it begins starts nothing', async () => {
  const { ends, started } = await runAll(
    { a: {}, b: { after: ['a'] } },
    { signal: AbortSignal.abort() },
  );
  assert.deepEqual(started, []);
  assert.deepEqual(outcomes(ends), { a: 'skipped', b: 'skipped' });
});

test('a job is tried again as often as the hook says, and counted', async () => {
  const asked: string[] = [];
  let calls = 0;
  const { ends } = await runAll(
    {
      flaky: {
        run: () => {
          calls++;
          return calls < 3
            ? Promise.reject(new Error(`fall ${calls}`))
            : Promise.resolve(DONE);
        },
      },
      behind: { after: ['flaky'] },
      hopeless: { run: fails('always') },
    },
    {
      retry: (id, error, attempts) => {
        asked.push(`${id} ${(error as Error).message} ${attempts}`);
        return attempts < 3 ? Promise.resolve() : null;
      },
    },
  );
  assert.deepEqual(outcomes(ends), {
    flaky: 'done',
    behind: 'done',
    hopeless: 'failed',
  });
  assert.deepEqual(asked.sort(), [
    'flaky fall 1 1',
    'flaky fall 2 2',
    'hopeless always 1',
    'hopeless always 2',
    'hopeless always 3',
  ]);
});

test('a job that can not go on yet leaves its place, and its wait is no attempt', async () => {
  const event = deferred<undefined>();
  const steps: string[] = [];
  const { ends, started } = await runAll(
    {
      waits: {
        duration: 9,
        run: () => {
          steps.push('tried');
          if (steps.length === 1) {
            return Promise.resolve({ type: 'later', when: event.promise });
          }
          return Promise.reject(new Error('broken'));
        },
      },
      brings: {
        run: () => {
          event.resolve(undefined);
          return Promise.resolve(DONE);
        },
      },
    },
    {
      retry: (_, __, attempts) => {
        assert.equal(attempts, 1);
        return null;
      },
    },
  );
  assert.deepEqual(started, ['waits', 'brings', 'waits']);
  assert.deepEqual(outcomes(ends), { waits: 'failed', brings: 'done' });
});

test('an abort ends a job that waits for something that never comes', async () => {
  const controller = new AbortController();
  const run = runAll(
    {
      waits: {
        run: () =>
          Promise.resolve({
            type: 'later',
            when: new Promise(() => undefined),
          }),
      },
    },
    { signal: controller.signal },
  );
  await new Promise(setImmediate);
  controller.abort();
  assert.deepEqual(outcomes((await run).ends), { waits: 'skipped' });
});

test('jobs in a circle, and jobs that wait for nobody, are bugs', async () => {
  await assert.rejects(
    runAll({ a: { after: ['b'] }, b: { after: ['a'] } }),
    /Internal error: .* circle/,
  );
  await assert.rejects(
    runAll({ a: { after: ['x'] } }),
    /Internal error: "a" waits for "x"/,
  );
});

test('an error of the listener ends the run with that error', async () => {
  await assert.rejects(
    runJobs({
      jobs: [
        { id: 'a', after: [], duration: 1, run: () => Promise.resolve(DONE) },
      ],
      limit: 1,
      failFast: false,
      signal: new AbortController().signal,
      retry: () => null,
      ended: () => {
        throw new Error('listener');
      },
    }),
    /listener/,
  );
});

test('ten thousand ready jobs cost no more each than a hundred', async () => {
  const timed = async (count: number): Promise<number> => {
    const specs = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `job ${index}`,
        { duration: (index * 7919) % 1009 },
      ]),
    );
    const start = performance.now();
    await runAll(specs, { limit: 2 });
    return (performance.now() - start) / count;
  };
  await timed(10_000);
  const few: number[] = [];
  for (let round = 0; round < 100; round++) few.push(await timed(100));
  const many = [await timed(10_000), await timed(10_000)];
  // A rescan of the ready jobs would make it a hundred times as much.
  const total = few.reduce((sum, one) => sum + one, 0) / few.length;
  assert.ok(Math.min(...many) < 20 * total, `${many.join()} against ${total}`);
});

test('jobs that take a part of a place share it, and are no more than fill it', async () => {
  const gate = deferred<undefined>();
  const names = Array.from({ length: 12 }, (_, index) => `small${index}`);
  const run = async (): Promise<JobStep> => {
    await gate.promise;
    return DONE;
  };
  const specs = Object.fromEntries(
    names.map((name) => [name, { run, share: () => 0.25 }]),
  );
  const ran = runAll(specs, { limit: 2 });
  gate.resolve(undefined);
  assert.equal((await ran).mostAtOnce, 8);
});

test('a job that needs a whole place waits for it, and those behind it wait too', async () => {
  const small = deferred<undefined>();
  const specs = {
    small: {
      duration: 3,
      share: () => 0.25,
      run: async (): Promise<JobStep> => {
        await small.promise;
        return DONE;
      },
    },
    large: { duration: 2 },
    later: { duration: 1, share: () => 0.25 },
  };
  const ran = runAll(specs);
  small.resolve(undefined);
  const { started, mostAtOnce } = await ran;
  assert.deepEqual(started, ['small', 'large', 'later']);
  assert.equal(mostAtOnce, 1);
});

test('how much of a place a job takes is asked when it is its turn', async () => {
  const asked: string[] = [];
  const spec = (name: string): JobSpec => ({
    share: () => {
      asked.push(name);
      return 1;
    },
    run: () => {
      asked.push(`${name} runs`);
      return Promise.resolve(DONE);
    },
  });
  await runAll({ one: spec('one'), two: spec('two') });
  // Asked again once there is room.
  assert.deepEqual(asked, ['one', 'one runs', 'two', 'two', 'two runs']);
});

/** A job that runs until it is let go, and what lets it go. */
function held(spec: JobSpec = {}) {
  const gate = deferred<undefined>();
  const job: JobSpec = {
    ...spec,
    run: async () => {
      await gate.promise;
      return DONE;
    },
  };
  return {
    job,
    letGo: () => {
      gate.resolve(undefined);
    },
  };
}

test('jobs run side by side as far as the named quantities reach', async () => {
  const names = Array.from({ length: 6 }, (_, index) => `job${index}`);
  const run = (needs: Quantities) =>
    runAll(Object.fromEntries(names.map((name) => [name, { needs }])), {
      limit: 6,
      budget: { stones: 5, sticks: 100 },
    });
  assert.equal((await run({ stones: 2 })).mostAtOnce, 2);
  assert.equal((await run({ stones: 1, sticks: 50 })).mostAtOnce, 2);
  assert.equal((await run({ sticks: 1 })).mostAtOnce, 6);
});

test('a job that waits for a quantity lets those pass that need none of it, and no others', async () => {
  const first = held({ duration: 9, needs: { stones: 2 } });
  const free = held({ duration: 1 });
  const ran = runAll(
    {
      first: first.job,
      large: { duration: 8, needs: { stones: 3 } },
      small: { duration: 7, needs: { stones: 1 } },
      free: free.job,
    },
    { limit: 4, budget: { stones: 3 } },
  );
  await new Promise(setImmediate);
  free.letGo();
  await new Promise(setImmediate);
  first.letGo();
  // "small" would have fitted beside "first": a stream of such jobs would keep "large" waiting for ever.
  assert.deepEqual((await ran).started, ['first', 'free', 'large', 'small']);
});

test('what a failed or postponed job took can be taken by others', async () => {
  const event = deferred<undefined>();
  let isFirst = true;
  const { ends, started } = await runAll(
    {
      fails: { duration: 9, needs: { stones: 1 }, run: fails('broken') },
      waits: {
        duration: 8,
        needs: { stones: 1 },
        run: () => {
          if (!isFirst) return Promise.resolve(DONE);
          isFirst = false;
          return Promise.resolve({ type: 'later', when: event.promise });
        },
      },
      brings: {
        needs: { stones: 1 },
        run: () => {
          event.resolve(undefined);
          return Promise.resolve(DONE);
        },
      },
    },
    { limit: 3, budget: { stones: 1 } },
  );
  assert.deepEqual(started, ['fails', 'waits', 'brings', 'waits']);
  assert.deepEqual(outcomes(ends), {
    fails: 'failed',
    waits: 'done',
    brings: 'done',
  });
});

test('a job that is to be tried again later holds no place meanwhile, and an abort ends it', async () => {
  const controller = new AbortController();
  const { ends, started } = await runAll(
    {
      flaky: { duration: 9, run: fails('broken') },
      other: {
        run: () => {
          setImmediate(() => {
            controller.abort();
          });
          return Promise.resolve(DONE);
        },
      },
    },
    {
      signal: controller.signal,
      retry: () => new Promise(() => undefined),
    },
  );
  assert.deepEqual(started, ['flaky', 'other']);
  assert.deepEqual(outcomes(ends), { flaky: 'skipped', other: 'done' });
});

test('of ready jobs those of the highest rank start first, whatever their paths', async () => {
  const { started } = await runAll({
    long: { duration: 9 },
    deep: { duration: 1, rank: 2 },
    deeper: { duration: 1, rank: 3, after: ['deep'] },
    middle: { duration: 5, rank: 1 },
  });
  assert.deepEqual(started, ['deep', 'deeper', 'middle', 'long']);
});
