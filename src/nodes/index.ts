import type { AnyKind } from '../kind/kind.ts';
import { agreement } from './agreement.ts';
import { cka } from './cka.ts';
import { ckaMatrix } from './cka-matrix.ts';
import { constant } from './constant.ts';
import { dataset } from './dataset.ts';
import { evaluate } from './evaluate.ts';
import { extract } from './extract.ts';
import { features } from './features.ts';
import { finetune } from './finetune.ts';
import { gram } from './gram.ts';
import { knn } from './knn.ts';
import { plot } from './plot.ts';
import { probe } from './probe.ts';
import { separation } from './separation.ts';
import { sparsity } from './sparsity.ts';
import { spectrum } from './spectrum.ts';
import { table } from './table.ts';
import { train } from './train.ts';
import { tune } from './tune.ts';

/** Every kind there is. Adding one is a file, a line here, its test, and `npm run build` for the schemas. */
export const nodeKinds: readonly AnyKind[] = [
  dataset,
  train,
  extract,
  features,
  separation,
  gram,
  cka,
  ckaMatrix,
  probe,
  knn,
  evaluate,
  agreement,
  sparsity,
  spectrum,
  finetune,
  tune,
  table,
  plot,
  constant,
];
