import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openStore } from '../../src/cache/open-store.ts';
import type { Chunk } from '../../src/cache/store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import { hashBytes } from '../../src/fingerprint/hash-bytes.ts';
import { PROGRAM } from '../support/cli.ts';
import { ninja, ours, snakemake, type Project } from './engine-projects.ts';
import { pythonWith } from './python.ts';
import { median } from './timing.ts';

const NODES = [100, 1000, 10_000, 35_000];
const CHUNK = 1 << 20;

/** Runs a command to its end, and says how long that took. */
function seconds([program, args]: readonly [
  string,
  readonly string[],
]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    // A line a node: a megabyte, where Node ends it otherwise, is 14,000 nodes.
    maxBuffer: Infinity,
  });
  if (status !== 0)
    throw new Error(`${program} ended with ${status}: ${stderr}`);
  return (performance.now() - start) / 1000;
}

/** Medians from nothing and with nothing to do; null where it would take too long. */
function measure(project: Project, nodes: number, repeats: number) {
  const folder = mkdtempSync(join(tmpdir(), 'penultimate-bench-'));
  try {
    project.write(folder, nodes);
    const run = (): number => seconds(project.command(folder));
    let cold: number | null = null;
    if (nodes <= project.most.cold) {
      const times: number[] = [];
      // Once is enough where it takes long.
      for (let index = 0; index < (nodes > 1000 ? 1 : repeats); index++) {
        project.forget(folder);
        times.push(run());
      }
      cold = median(times);
    } else if (nodes <= project.most.noop) {
      if (project.pretend !== undefined) project.pretend(folder, nodes);
      else run();
    }
    const noop =
      nodes <= project.most.noop
        ? median(Array.from({ length: repeats }, run))
        : null;
    return { cold, noop };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const cell = (value: number | null): string =>
  (value === null ? '–' : `${value.toFixed(2)} s`).padStart(10);

/** Bytes in pieces of a chunk's size that no other piece is equal to. */
function makeChunks(mebibytes: number, first: number): readonly Chunk[] {
  return Array.from({ length: mebibytes }, (_, index) => {
    const bytes = Buffer.alloc(CHUNK, index);
    bytes.writeUInt32LE(first + index);
    return { digest: hashBytes(bytes), bytes };
  });
}

/** Puts chunks into a plain file, waits for the disk, and removes the file. */
function writePlainly(folder: string, chunks: readonly Chunk[]): number {
  const path = join(folder, 'plain');
  const start = performance.now();
  const file = openSync(path, 'w');
  for (const { bytes } of chunks) writeSync(file, bytes);
  fsyncSync(file);
  closeSync(file);
  const end = performance.now();
  // What comes next finds memory for its pages, as this did.
  rmSync(path);
  return end - start;
}

/**
 * Puts arrays into a cache and reads them back, beside plain files with fsync, written before and after; MiB a second. What
 * comes first in a process is slower: it isn't counted.
 */
async function benchCache(mebibytes: number, repeats: number): Promise<void> {
  const rates = {
    file: [] as number[],
    put: [] as number[],
    first: [] as number[],
    again: [] as number[],
  };
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const folder = mkdtempSync(join(tmpdir(), 'penultimate-bench-'));
    try {
      const chunks = makeChunks(mebibytes, repeat * mebibytes);
      const rate = (start: number): number =>
        (1000 * mebibytes) / (performance.now() - start);
      const before = writePlainly(folder, chunks);
      await using store = await openStore({
        folder: join(folder, 'cache'),
        readOnly: false,
      });
      let start = performance.now();
      await store.put({
        key: digest('Bench', 'key'),
        record: Buffer.from('record'),
        content: digest('Bench', 'content'),
        manifest: Buffer.from('manifest'),
        chunks,
        pointers: new Map(),
      });
      if (repeat > 0) rates.put.push(rate(start));
      const into = Buffer.alloc(CHUNK);
      for (const reads of [rates.first, rates.again]) {
        start = performance.now();
        for (const chunk of chunks) {
          store.readChunk(chunk.digest, (bytes) => {
            into.set(bytes);
          });
        }
        if (repeat > 0) reads.push(rate(start));
      }
      const file = (before + writePlainly(folder, chunks)) / 2;
      if (repeat > 0) rates.file.push((1000 * mebibytes) / file);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const [file, put, first, again] = [
    rates.file,
    rates.put,
    rates.first,
    rates.again,
  ].map(median);
  console.log(
    `cache, ${mebibytes} MiB: plain file with fsync ${file!.toFixed(0)} MiB/s, put ${put!.toFixed(0)} MiB/s (${((100 * put!) / file!).toFixed(0)} %), get, hashed and copied, ${first!.toFixed(0)} MiB/s, once more, copied, ${again!.toFixed(0)} MiB/s`,
  );
}

/**
 * `npm run bench -- engine [--quick]`: nodes that do next to nothing, from nothing and with nothing to do, beside other
 * engines; and the cache beside plain files.
 */
export async function benchEngine(args: readonly string[]): Promise<void> {
  const isQuick = args.includes('--quick');
  const repeats = isQuick ? 3 : 5;
  const python = await pythonWith(
    ['snakemake==8.30.0', 'ninja==1.13.0'],
    ['snakemake', 'ninja'],
  );
  const bin = dirname(python);
  const projects = [
    ours(PROGRAM),
    ninja(join(bin, 'ninja')),
    snakemake(join(bin, 'snakemake')),
  ];
  console.log(
    `${cpus()[0]?.model.trim() ?? ''}, ${cpus().length} processors, Node ${process.versions.node}, Snakemake 8.30.0, ninja 1.13.0`,
  );
  await benchCache(isQuick ? 128 : 512, repeats);
  console.log(
    'nodes   engine            cold     no-op   no-op, ratio to ours',
  );
  for (const nodes of NODES.filter((count) => !isQuick || count <= 1000)) {
    let own: number | null = null;
    for (const project of projects) {
      const { cold, noop } = measure(project, nodes, repeats);
      own ??= noop;
      const ratio =
        noop === null || own === null ? '–' : (noop / own).toFixed(2);
      console.log(
        `${String(nodes).padEnd(7)} ${project.name.padEnd(12)}${cell(cold)}${cell(noop)}   ${ratio}`,
      );
    }
  }
}
