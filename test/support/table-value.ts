import type { TableValue } from '../../src/artifact/table.ts';

/** A table of nothing, with whatever a test is about put in. */
export const tableOf = (facts: Partial<TableValue>): TableValue => ({
  title: '',
  rowAxis: 'loss',
  rows: [],
  columns: [],
  cells: [],
  baseline: null,
  replicates: [],
  confidence: 0.95,
  correction: 'holm',
  correlations: [],
  ...facts,
});
