import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  hasEnded,
  ownIdentity,
  type ProcessIdentity,
} from '../../src/cache/process-identity.ts';
import { until } from '../support/processes.ts';

const own = ownIdentity();
const identityOf = (pid: number): ProcessIdentity => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return { ...own, id: 'other', pid, started };
};
const skip = existsSync('/proc/self/stat')
  ? false
  : 'this system has no /proc to tell processes apart';

test('a process that runs has not ended, and two identities of one process differ', () => {
  assert.equal(hasEnded(own), false);
  assert.notEqual(ownIdentity().id, own.id);
});

test('a process that was killed has ended', { skip }, async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const identity = identityOf(child.pid ?? 0);
  assert.equal(hasEnded(identity), false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(hasEnded(identity), true);
});

test(
  'a process that has ended and that its parent has not looked at yet has ended',
  { skip },
  async () => {
    // The shell becomes a program that never waits for its child.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await until(() => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
    assert.equal(hasEnded(identityOf(pid)), true);
    parent.kill();
  },
);

test(
  'another process that was given the number is told apart by its start',
  { skip },
  () => {
    assert.equal(hasEnded({ ...own, started: '1' }), true);
  },
);

test('a process of another container may still run, whatever has its number here', () => {
  assert.equal(
    hasEnded({ ...own, namespace: 'pid:[1]', pid: 2 ** 22 + 1 }),
    false,
  );
});

test('a process of another user has not ended', { skip }, () => {
  // The first process is the system's own; where tests run as the system, it is merely another one.
  assert.equal(hasEnded(identityOf(1)), false);
});
