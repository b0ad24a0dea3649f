import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Member } from '../../src/artifact/artifact.ts';
import { tune } from '../../src/nodes/tune.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { scoreAt } from '../support/members.ts';
import { runKind } from '../support/run-kind.ts';

const candidate = (
  rate: string,
  decay: string,
  seed: string,
  tuneAccuracy: number | null,
): Member<'score'> =>
  scoreAt({ rate, decay, seed }, { tuneAccuracy, accuracy: 1 });

async function run(
  candidates: readonly Member<'score'>[],
  params: JsonObject = {},
  log: string[] = [],
): Promise<JsonObject> {
  const made = await runKind(
    tune,
    { over: ['rate', 'decay'], ...params },
    { candidates },
    { heard: { progress: [], log } },
  );
  return made.value;
}

test('the point with the best mean over seeds is picked, not the one with the best seed', async () => {
  const value = await run([
    candidate('0.1', '0', '0', 0.9),
    candidate('0.1', '0', '1', 0.5),
    candidate('0.2', '0', '0', 0.8),
    candidate('0.2', '0', '1', 0.8),
  ]);
  assert.deepEqual(value['picked'], { rate: '0.2', decay: '0' });
  assert.equal(value['score'], 0.8);
  assert.deepEqual(value['tried'], [
    { at: 'rate=0.1,decay=0', score: 0.7, candidates: 2 },
    { at: 'rate=0.2,decay=0', score: 0.8, candidates: 2 },
  ]);
});

test('ties go to the first along the axes, numbers by size', async () => {
  const tied = ['10', '9', '0.5'].map((rate) => candidate(rate, '0', '0', 0.7));
  assert.deepEqual((await run(tied))['picked'], { rate: '0.5', decay: '0' });
  const two = [candidate('2', '1', '0', 0.7), candidate('1', '2', '0', 0.7)];
  assert.deepEqual((await run(two))['picked'], { rate: '1', decay: '2' });
  assert.deepEqual((await run(two, { over: ['decay', 'rate'] }))['picked'], {
    decay: '1',
    rate: '2',
  });
});

test('the lowest is picked where that is the direction', async () => {
  const two = [candidate('1', '0', '0', 0.2), candidate('2', '0', '0', 0.3)];
  const lowest = await run(two, { direction: 'lowest' });
  assert.deepEqual(lowest['picked'], { rate: '1', decay: '0' });
});

test('a pick at the edge of an axis of numbers is said; an axis of one value has no edge', async () => {
  const log: string[] = [];
  const three = ['0.1', '0.2', '10'].map((rate, place) =>
    candidate(rate, '0', '0', [0.1, 0.2, 0.3][place] ?? 0),
  );
  assert.deepEqual((await run(three, {}, log))['atEdge'], {
    rate: true,
    decay: false,
  });
  assert.match(log.join(), /chosen rate 10 is at the edge/);
  const middle = ['0.1', '0.2', '10'].map((rate, place) =>
    candidate(rate, '0', '0', [0.1, 0.4, 0.3][place] ?? 0),
  );
  assert.deepEqual((await run(middle))['atEdge'], {
    rate: false,
    decay: false,
  });
});

test('a point at which one seed diverged is not picked, and without any other nothing is', async () => {
  const diverged = candidate('1', '0', '0', null);
  const value = await run([
    diverged,
    candidate('1', '0', '1', 0.9),
    candidate('2', '0', '0', 0.1),
    candidate('2', '0', '1', 0.1),
  ]);
  assert.deepEqual(value['picked'], { rate: '2', decay: '0' });
  await assert.rejects(run([diverged]), /nothing to choose/);
});

test('what can not be compared is refused in words', async () => {
  const one = candidate('1', '0', '0', 0.5);
  await assert.rejects(run([one], { over: ['loss'] }), /axis "loss"/);
  await assert.rejects(run([one], { metric: 'top5' }), /"top5".*it has "/);
  await assert.rejects(
    run([one, candidate('1', '0', '1', 0.5), candidate('2', '0', '0', 0.6)]),
    /unequal numbers of candidates \(1, 2\)/,
  );
});

test('what it may pick are the points of its candidates, each once', () => {
  const at = (rate: string, seed: string) => ({ rate, decay: '0', seed });
  const candidates = [at('0.1', '0'), at('0.1', '1'), at('0.2', '0')];
  const among = (over: readonly string[]) =>
    tune.picks?.among(
      { over: [...over], metric: 'tuneAccuracy', direction: 'highest' },
      { candidates },
    );
  assert.deepEqual(among(['rate', 'decay']), {
    ...{
      ok: true,
      value: [
        { rate: '0.1', decay: '0' },
        { rate: '0.2', decay: '0' },
      ],
    },
  });
  const wrong = among(['rates']);
  assert.ok(wrong?.ok === false);
  assert.equal(
    wrong.error,
    '"over" names the axis "rates", which candidates don\'t have; they have "rate", "decay", "seed".',
  );
});

test('what it has picked is among what it might pick', async () => {
  const candidates = [
    candidate('0.1', '0', '0', 0.9),
    candidate('0.2', '0', '0', 0.8),
  ];
  const picked = tune.picks?.picked(await run(candidates));
  assert.deepEqual(picked, { rate: '0.1', decay: '0' });
});
