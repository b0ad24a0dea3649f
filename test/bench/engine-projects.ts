import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The same work for each engine: so many nodes that do next to nothing, after one that comes first. */
export interface Project {
  readonly name: string;
  /** The most nodes that it is run with from nothing, and with nothing to do: more would take hours. */
  readonly most: { readonly cold: number; readonly noop: number };
  /** Writes its file, for so many nodes, into an empty folder. */
  write(folder: string, nodes: number): void;
  /** Program and arguments that do all that is not done. */
  command(folder: string): readonly [string, readonly string[]];
  /** Takes away what was done. */
  forget(folder: string): void;
  /** Makes what a first run would leave, where that run would take too long. */
  pretend?(folder: string, nodes: number): void;
}

/** Values in two axes, as a sweep has them: `rows` × 100, or fewer where fewer are asked for. */
const sizes = (nodes: number): readonly [number, number] =>
  nodes <= 100 ? [1, nodes - 1] : [nodes / 100, 100];

const upTo = (count: number): string =>
  Array.from({ length: count }, (_, index) => index).join(', ');

/** `pipeline run`, as a user calls it. */
export const ours = (program: string): Project => ({
  name: 'penultimate',
  most: { cold: 10_000, noop: 35_000 },
  write: (folder, nodes) => {
    const [rows, columns] = sizes(nodes);
    writeFileSync(
      join(folder, 'scale.yaml'),
      `pipeline: 1
name: scale
axes: { row: [${upTo(rows)}], column: [${upTo(columns)}] }
nodes:
  first: { kind: constant, params: { value: 0 } }
  node[row, column]:
    kind: constant
    inputs: { first: first }
    params: { value: ['\${row}', '\${column}'] }
`,
    );
  },
  command: (folder) => [
    process.execPath,
    [
      ...[program, 'run', join(folder, 'scale.yaml')],
      ...['--cache', join(folder, 'cache')],
    ],
  ],
  forget: (folder) => {
    rmSync(join(folder, 'cache'), { recursive: true, force: true });
  },
});

/** Files that nodes of the peers make: empty ones, in one folder. */
function touchAll(folder: string, nodes: number): void {
  mkdirSync(join(folder, 'out'), { recursive: true });
  for (let index = 0; index < nodes; index++) {
    writeFileSync(join(folder, 'out', String(index)), '');
  }
}
const forget = (folder: string): void => {
  for (const name of ['out', '.snakemake', '.ninja_log', '.ninja_deps']) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
};

/** Ninja: what is possible where nothing is hashed, stored or explained. */
export const ninja = (program: string): Project => ({
  name: 'ninja',
  most: { cold: 10_000, noop: 10_000 },
  write: (folder, nodes) => {
    const edges = Array.from(
      { length: nodes },
      (_, index) => `build out/${index}: touch\n`,
    );
    writeFileSync(
      join(folder, 'build.ninja'),
      `rule touch\n  command = touch $out\n${edges.join('')}`,
    );
  },
  command: (folder) => [program, ['-C', folder, '--quiet']],
  forget,
});

/** Snakemake, the workflow engine that is used most; its jobs are processes, and are judged by the times of files. */
export const snakemake = (program: string): Project => ({
  name: 'snakemake',
  most: { cold: 100, noop: 1000 },
  write: (folder, nodes) => {
    writeFileSync(
      join(folder, 'Snakefile'),
      `rule all:
    input: expand("out/{i}", i=range(${nodes}))
rule node:
    output: "out/{i}"
    shell: "touch {output}"
`,
    );
  },
  command: (folder) => [
    program,
    [
      ...['--directory', folder, '--snakefile', join(folder, 'Snakefile')],
      ...['--cores', '2', '--quiet', '--rerun-triggers', 'mtime'],
    ],
  ],
  forget,
  pretend: touchAll,
});
