import { emptyTables, MemoryStore } from '../../src/cache/memory-store.ts';
import { storeContract } from '../contracts/store.ts';

storeContract('memory', () => {
  const tables = emptyTables();
  return Promise.resolve({
    store: new MemoryStore({ tables }),
    reopen: () => Promise.resolve(new MemoryStore({ tables })),
    tamper: (table, name, change) => {
      const bytes = tables[table].get(name);
      if (bytes === undefined) throw new Error(`nothing under ${name}`);
      const changed = change(bytes);
      if (changed === undefined) tables[table].delete(name);
      else tables[table].set(name, changed);
      return Promise.resolve();
    },
  });
});
