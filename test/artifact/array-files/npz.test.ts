import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { ArrayFileError } from '../../../src/artifact/array-files/array-file-error.ts';
import { float64Bytes, npyBytes, zipBytes } from '../../support/array-bytes.ts';
import { readArrays } from '../../support/array-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const VALUES = Array.from({ length: 40 }, (_, i) => Math.sin(i));
const MEMBERS = {
  'pool.npy': npyBytes({
    descriptor: '<f8',
    shape: [20, 2],
    data: float64Bytes(VALUES),
  }),
  'deep/labels.npy': npyBytes({
    descriptor: '|u1',
    shape: [20],
    data: Uint8Array.from({ length: 20 }, (_, i) => i % 3),
  }),
};
const EXPECTED = {
  pool: { shape: [20, 2], content: VALUES },
  'deep/labels': {
    shape: [20],
    content: Array.from({ length: 20 }, (_, i) => i % 3),
  },
};

/** numpy 2.4.6: pool = [[1.5, -2], [0.25, 1000], [3, -0.5]] as '<f8' in Fortran order, conv = arange(12) as '>f4' [3, 2, 2], labels = [2, 0, 1] as '<i8', split = ['train', 'test', 'train']. */
const NUMPY = {
  'numpy.savez': inflateSync(
    Buffer.from(
      'eNoL8GZm0WWAAEWGLXPWJ/yHAg4GEYaC/PwcvbyCSkYGAYYNUFUwerJfqG9AJCNDGUO1ekpqcXKRupWCuk2ahbqOgnpaflFJUWJefH5RSipIPKSoNBUoXJyRWJAK5GoY6ygYaeoo1CqQD7ggrvhhD6EvQGkOB6jzDoBJh34o/8H+ABSfMorFb0b2aXJ+XhlJPrVLM8HmU7fEnGIMr1LmW7BP7RuAngF5CEg4gNgLgBjoR4cHDAyOQHFHASBWAGIDBgZUn3ZJnROG+ZQL6NOcxKTUnGKYX2dA1c3AG6uZFkT6lcJIVeBiYkAFjFAa1U+bvk4vhfmJE+in4oKczBKYl/ZAle3B66VQU3p5qQTohiIgTgTiTCDOA2KQWCoQF0PZDFAaXV2ANyOTLjNqBt0ATZocSMHUAA4nWHZF1wVK7Nh1vQKSsKSPrguUcGZAkwYXiq4rQNsQyQhdHyhy9kDDnxNF3wpg7MKjKsCblQ0kzAKEt4H0fGYQDwA4KuYv',
      'base64',
    ),
  ),
  'numpy.savez_compressed': Buffer.from(
    'UEsDBC0AAAAIAAAAIQC0nK9g//////////8IABQAcG9vbC5ucHkBABAAsAAAAAAAAABcAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaxjoKRpo6CrUK5AMuBjD4YQ+hL0BpDgcIzXAATDr0Q/kP9gMAUEsDBC0AAAAIAAAAIQABFl+z//////////8IABQAY29udi5ucHkBABAAsAAAAAAAAABqAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6XZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkZApKmjUKtAHuBiAAL7BgYGByDtACQcQOwFQHwAiB8wMDgCxR0FgFgBiA0YGABQSwMELQAAAAgAAAAhAIoazhP//////////woAFABsYWJlbHMubnB5AQAQAJgAAAAAAAAASgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAuJgZUwAilAVBLAwQtAAAACAAAACEAsvWXdf//////////CQAUAHNwbGl0Lm5weQEAEAC8AAAAAAAAAF4AAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbhNqqq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1ChQArhIGBoYiIE4E4kwgzgNikFgqEBdD2QxQGl0dAFBLAQItAy0AAAAIAAAAIQC0nK9gXAAAALAAAAAIAAAAAAAAAAAAAACAAQAAAABwb29sLm5weVBLAQItAy0AAAAIAAAAIQABFl+zagAAALAAAAAIAAAAAAAAAAAAAACAAZYAAABjb252Lm5weVBLAQItAy0AAAAIAAAAIQCKGs4TSgAAAJgAAAAKAAAAAAAAAAAAAACAAToBAABsYWJlbHMubnB5UEsBAi0DLQAAAAgAAAAhALL1l3VeAAAAvAAAAAkAAAAAAAAAAAAAAIABwAEAAHNwbGl0Lm5weVBLBQYAAAAABAAEANsAAABZAgAAAAA=',
    'base64',
  ),
};

for (const [name, bytes] of Object.entries(NUMPY)) {
  test(`a file of ${name} is read`, async (context) => {
    assert.deepEqual(await readArrays(temporaryFolder(context), bytes), {
      pool: { shape: [3, 2], content: [1.5, -2, 0.25, 1000, 3, -0.5] },
      conv: {
        shape: [3, 2, 2],
        content: Array.from({ length: 12 }, (_, i) => i),
      },
      labels: { shape: [3], content: [2, 0, 1] },
      split: { shape: [3], content: ['train', 'test', 'train'] },
    });
  });
}

test('stored and deflated archives are read, with 64-bit sizes and a comment, and leave nothing behind', async (context) => {
  for (const deflate of [false, true]) {
    for (const wide of [false, true]) {
      const folder = temporaryFolder(context);
      const bytes = zipBytes(MEMBERS, {
        ...{ deflate, wide },
        comment: 'a comment',
      });
      assert.deepEqual(await readArrays(folder, bytes), EXPECTED);
      const scratch = join(folder, 'scratch');
      assert.equal(existsSync(scratch), deflate);
      if (deflate) assert.deepEqual(readdirSync(scratch), []);
    }
  }
});

/** What reading gives: the arrays, or the error, which must be one for the user. */
async function attempt(folder: string, bytes: Uint8Array): Promise<unknown> {
  try {
    return await readArrays(folder, bytes);
  } catch (error) {
    assert.ok(error instanceof ArrayFileError, String(error));
    assert.match(error.message, /^"[^"]+file"/);
    return error.message;
  }
}

test('a file that ends anywhere before its end is refused', async (context) => {
  const folder = temporaryFolder(context);
  for (const deflate of [false, true]) {
    const bytes = zipBytes(MEMBERS, { deflate, wide: true });
    for (let length = 0; length < bytes.length; length += 3) {
      const found = await attempt(folder, bytes.subarray(0, length));
      assert.equal(typeof found, 'string', `${length} of ${bytes.length}`);
    }
    assert.match(
      String(await attempt(folder, bytes.subarray(0, -1))),
      /is damaged: the directory at its end is missing, so it was probably cut off while it was written\.$/,
    );
  }
});

test('a byte that has changed gives an error or changes nothing, never other numbers', async (context) => {
  const folder = temporaryFolder(context);
  let refused = 0;
  for (const options of [{}, { deflate: true }, { wide: true }]) {
    const bytes = zipBytes(MEMBERS, options);
    for (let place = 0; place < bytes.length; place += 7) {
      const changed = Uint8Array.from(bytes);
      changed[place]! ^= 1 << (place % 8);
      const found = await attempt(folder, changed);
      if (typeof found === 'string') {
        refused += 1;
        continue;
      }
      // A name has no checksum: an array may be called something else, or be none any more.
      for (const array of Object.values(found as typeof EXPECTED)) {
        const expected = array.shape.length === 2 ? 'pool' : 'deep/labels';
        assert.deepEqual(array, EXPECTED[expected], `byte ${place}`);
      }
    }
  }
  assert.ok(refused > 100);
});

test('archives that lie or that are not for us are refused in words', async (context) => {
  const folder = temporaryFolder(context);
  const message = async (bytes: Uint8Array): Promise<string> =>
    String(await attempt(folder, bytes));
  assert.match(
    await message(zipBytes(MEMBERS, { method: 12 })),
    /"pool\.npy" is packed by method 12; NumPy writes 0 \(as it is\) and 8 \(deflated\)/,
  );
  assert.match(
    await message(zipBytes(MEMBERS, { flags: 1 })),
    /"pool\.npy" is encrypted, which is not read\.$/,
  );
  assert.match(
    await message(zipBytes({ 'readme.txt': Buffer.from('x') })),
    /is a zip archive without arrays: none of its members ends in "\.npy"\.$/,
  );
  assert.match(await message(zipBytes({})), /is a zip archive without arrays/);
  const damaged = zipBytes(MEMBERS);
  damaged[damaged.indexOf(Buffer.from(float64Bytes([VALUES[5]!])))]! ^= 1;
  assert.match(
    await message(damaged),
    /array "pool" is damaged: its bytes don't have the checksum that the archive gives\.$/,
  );
});

test('a deflated member that unpacks to more than it claims is given up early', async (context) => {
  const folder = temporaryFolder(context);
  const bytes = zipBytes(
    { 'zeros.npy': new Uint8Array(50_000) },
    { deflate: true },
  );
  const place = bytes.lastIndexOf(Buffer.from('zeros.npy')) - 46 + 24;
  const claim = (size: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed.writeUInt32LE(size, place);
    return changed;
  };
  assert.match(
    String(await attempt(folder, claim(1000))),
    /unpacks to more than the 1000 bytes that its archive claims\.$/,
  );
  assert.match(
    String(await attempt(folder, claim(2 ** 31))),
    /which is more than they can hold\.$/,
  );
});
