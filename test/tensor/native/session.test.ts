import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { encodeSavedModel } from '../../../src/tensor/native/graph/saved-model.ts';
import { GraphSession } from '../../../src/tensor/native/graph/session.ts';
import { FakeBinding } from '../../support/fake-binding.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const MODEL = encodeSavedModel([
  { name: 'a', op: 'NoOp', inputs: [], attributes: {} },
]);

/** Makes a folder the one of temporary files, for the time of a test. */
function useTemporaryFolder(context: TestContext): string {
  const folder = temporaryFolder(context);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  context.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  return folder;
}

test('a graph is loaded from a folder that is gone afterwards; old ones of killed processes go too', (context) => {
  const folder = useTemporaryFolder(context);
  const old = join(folder, 'penultimate-graph-old');
  const fresh = join(folder, 'penultimate-graph-fresh');
  for (const one of [old, fresh]) mkdirSync(one);
  const longAgo = performance.timeOrigin / 1000 - 7200;
  utimesSync(old, longAgo, longAgo);
  const binding = new FakeBinding((loaded) =>
    readFileSync(join(loaded, 'saved_model.pb')),
  );
  const session = new GraphSession(binding, MODEL);
  assert.deepEqual(binding.sessions.get(0), Buffer.from(MODEL));
  assert.deepEqual(readdirSync(folder), ['penultimate-graph-fresh']);
  session.run({ feeds: ['x:0', 'y:0'], fetches: ['z:0'] }, [4, 5]);
  assert.deepEqual(binding.calls, ['0: 4,5 as x:0,y:0 -> z:0']);
  session.dispose();
  assert.equal(binding.sessions.size, 0);
});

test('a graph that is refused leaves no folder behind either', (context) => {
  const folder = useTemporaryFolder(context);
  const binding = new FakeBinding(() => {
    throw new Error('Failed to load SavedModel');
  });
  assert.throws(() => new GraphSession(binding, MODEL), /Failed to load/);
  assert.deepEqual(readdirSync(folder), []);
});

test('where there can be no temporary folder, a sentence says so', (context) => {
  const folder = join(useTemporaryFolder(context), 'missing');
  process.env['TMPDIR'] = folder;
  assert.throws(
    () => new GraphSession(new FakeBinding(), MODEL),
    /^Error: There can be no temporary folder in ".*missing" \(.*\), which the native backend needs\. Set TMPDIR/,
  );
  assert.ok(!existsSync(folder));
});
