import type { AnyKind } from '../kind/kind.ts';
import { dataset } from './dataset.ts';
import { probe } from './probe.ts';
import { separation } from './separation.ts';
import { table } from './table.ts';

/** Every kind there is. Adding one is a file, a line here, its test, and `npm run build` for the schemas. */
export const nodeKinds: readonly AnyKind[] = [
  dataset,
  separation,
  probe,
  table,
];
