import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openArtifact } from '../../src/artifact/codec.ts';
import { MANIFEST_VERSION } from '../../src/artifact/codec-manifest.ts';
import { storeStreams } from '../../src/artifact/store-streams.ts';
import { openStore } from '../../src/cache/open-store.ts';
import { classSeparation } from '../../src/ops/separation/class-separation.ts';
import type { RowStream } from '../../src/ops/separation/row-stream.ts';
import { Rng } from '../../src/tensor/rng.ts';
import { finish } from '../support/probe.ts';
import { medians, timed, timesText, type Times } from './timing.ts';

const WIDTH = 2048;
const CLASSES = 1000;
/** Rows of a block that is made anew for each stretch of the file. */
const BLOCK = 512;

/** Rows of noise, no two blocks alike. */
function* makeRows(examples: number): Generator<Float32Array> {
  const rng = Rng.of(3, 'bench');
  const noise = Float32Array.from({ length: BLOCK * WIDTH }, () =>
    rng.normal(),
  );
  for (let first = 0; first < examples; first += BLOCK) {
    const shift = 1 + first / examples;
    const rows = Math.min(BLOCK, examples - first);
    yield noise.subarray(0, rows * WIDTH).map((value) => value * shift);
  }
}

/**
 * Class separation of features streamed from a cache, beside a pass over the same bytes: every chunk read and checked
 * against its digest, every number added up.
 */
export async function benchSeparation(
  folder: string,
  examples: number,
  rounds: number,
): Promise<void> {
  const gigabytes = (examples * WIDTH * 4) / 1e9;
  console.log(
    `\nseparation: ${examples} × ${WIDTH} float32 (${gigabytes.toFixed(2)} GB; 1.28 million rows are 10.5 GB), ${CLASSES} classes, from a cache`,
  );
  const cache = join(folder, 'cache');
  mkdirSync(cache);
  const store = await openStore({ folder: cache, readOnly: false });
  try {
    const arrays = await storeStreams(
      {
        streams: {
          rows: {
            dtype: 'float32',
            shape: [examples, WIDTH],
            async *pieces() {
              for (const block of makeRows(examples)) {
                await Promise.resolve();
                yield block;
              }
            },
          },
        },
      },
      store,
    );
    const artifact = openArtifact(store, {
      version: MANIFEST_VERSION,
      type: 'score',
      value: {},
      arrays,
    });
    const stream = (rows: number): RowStream => ({
      width: WIDTH,
      pieces: () => artifact.pieces('rows', 'float32', 0, rows * WIDTH),
    });
    const separate = (rows: number) =>
      finish(
        classSeparation(
          stream(rows),
          Int32Array.from({ length: rows }, (_, i) => (i * 7919) % CLASSES),
          { distance: 'cosine', center: false },
        ),
      );
    const pass = (): number => {
      let sum = 0;
      for (const piece of stream(examples).pieces())
        for (let i = 0; i < piece.length; i++) sum += piece[i]!;
      return sum;
    };
    const growth = (rows: number): string => {
      const before = process.memoryUsage();
      separate(rows);
      const after = process.memoryUsage();
      const held = (use: NodeJS.MemoryUsage) => use.heapUsed + use.external;
      return `${Math.max(0, (held(after) - held(before)) / 2 ** 20).toFixed(0)} MiB at ${rows} rows`;
    };
    const memory = [examples / 4, examples].map(growth);
    const passes: Times[] = [];
    const separations: Times[] = [];
    for (let round = 0; round < rounds; round++) {
      passes.push(timed(pass));
      separations.push(timed(() => separate(examples)));
    }
    const [one, whole] = [medians(passes), medians(separations)];
    console.log(timesText('one pass over the bytes', one));
    console.log(timesText('class separation', whole));
    console.log(
      `${(whole.wallMs / one.wallMs).toFixed(2)} times one pass (${(whole.cpuMs / one.cpuMs).toFixed(2)} by processor time); memory: ${memory.join(', ')}`,
    );
  } finally {
    await store[Symbol.asyncDispose]();
  }
}
