import { openStore } from '../../src/cache/open-store.ts';
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
