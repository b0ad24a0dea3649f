import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '../../src/tensor/rng.ts';
import { float32Bytes, int64Bytes, npyBytes, zipBytes } from './array-bytes.ts';
import { clusters } from './features.ts';

/** Writes what `pipelines/your-features.yaml` expects of its user, as `numpy.savez` would. */
export function writeYourFeatures(folder: string): void {
  mkdirSync(join(folder, 'your-features'));
  const labels = Array.from({ length: 120 }, (_, i) => (i * i) % 7);
  const split = labels.map((_, i) => (i < 60 ? 0 : i < 80 ? 1 : 2));
  const codes = (values: readonly number[]): Uint8Array =>
    npyBytes({
      descriptor: '<i8',
      shape: [values.length],
      data: int64Bytes(values),
    });
  for (const [seed, name] of ['one', 'two'].entries()) {
    const layer = (width: number, apart: number): Uint8Array => {
      const rng = Rng.of(seed, String(width));
      const { shape, data } = clusters(rng, { labels, width, apart });
      return npyBytes({
        descriptor: '<f4',
        shape,
        data: float32Bytes([...data]),
      });
    };
    writeFileSync(
      join(folder, 'your-features', `${name}.npz`),
      zipBytes({
        'block.npy': layer(12, 0.3),
        'pool.npy': layer(6, 1),
        'labels.npy': codes(labels),
        'split.npy': codes(split),
      }),
    );
  }
}
