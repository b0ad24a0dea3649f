import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/cache/open-store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import { storeContract } from '../contracts/store.ts';
import { tamper } from '../support/tamper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

for (const readOnlyReader of [false, true]) {
  storeContract(
    `lmdb, read by a ${readOnlyReader ? 'reading' : 'writing'} handle`,
    async (context) => {
      const folder = temporaryFolder(context);
      const store = await openStore({ folder, readOnly: false });
      context.after(() => store[Symbol.asyncDispose]());
      return {
        store,
        reopen: async () => {
          const other = await openStore({ folder, readOnly: readOnlyReader });
          context.after(() => other[Symbol.asyncDispose]());
          return other;
        },
        tamper: (table, name, change) => tamper(folder, table, name, change),
      };
    },
  );
}

test('checkpoints that replace each other do not pile up on the disk', async (context) => {
  const folder = temporaryFolder(context);
  const store = await openStore({ folder, readOnly: false });
  context.after(() => store[Symbol.asyncDispose]());
  const bytes = 4 << 20;
  for (let round = 0; round < 20; round++) {
    const state = new Uint8Array(bytes).fill(round);
    await store.keepCheckpoint(digest('Test', 'key'), state);
  }
  // LMDB frees pages two transactions later: there are three generations of them, and not twenty.
  assert.ok(statSync(join(folder, 'data.mdb')).size < 4 * bytes);
});
