import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openBackend } from '../../src/tensor/backend.ts';
import { projectRoot } from '../support/project.ts';

const backendModule = pathToFileURL(
  join(import.meta.dirname, '../../src/tensor/backend.js'),
).href;

/** What a fresh process prints that opens the backend and then runs some code with `backend` and `tf`. */
function inFreshProcess(code: string): { stdout: string; stderr: string } {
  const script = `
    const { openBackend } = await import(${JSON.stringify(backendModule)});
    const backend = await openBackend('wasm');
    const { tf } = await import(${JSON.stringify(backendModule.replace('backend.js', 'tf.js'))});
    ${code}`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  );
  return { stdout, stderr };
}

test('opening the backend prints nothing and leaves no handlers of errors behind', () => {
  const { stdout, stderr } = inFreshProcess(`
    tf.tensor1d([1]).add(1).dataSync();
    const handlers = ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event));
    process.stdout.write(handlers.join());`);
  assert.equal(stdout, '0,0');
  assert.equal(stderr, '');
});

test('an error that nobody catches still ends the process as Node does it', () => {
  const { stderr } = inFreshProcess(`throw new Error('nobody catches this');`);
  assert.match(stderr, /^[^\n]*\n[^]*Error: nobody catches this\n {4}at /);
});

test('a second call answers with the same backend', async () => {
  const [first, second] = await Promise.all([
    openBackend('wasm'),
    openBackend('wasm'),
  ]);
  assert.equal(first, second);
  assert.equal(await openBackend('wasm'), first);
});

test('the facts say versions and kernels', async () => {
  const { name, facts } = await openBackend('wasm');
  assert.equal(name, 'wasm');
  assert.deepEqual(Object.keys(facts), [
    'tfjs-core',
    'tfjs-backend-wasm',
    'kernels',
  ]);
});

test('the kernels take nothing but the memory of the library, and bring no data along', () => {
  const bytes = readFileSync(join(projectRoot, 'dist', 'kernels.wasm'));
  const module = new WebAssembly.Module(bytes);
  assert.deepEqual(WebAssembly.Module.imports(module), [
    { module: 'env', name: 'memory', kind: 'memory' },
  ]);
  // Sections by their numbers: 6 globals, 8 start function, 11 data. Any of them could write where the library does.
  const sections = sectionNumbers(bytes);
  assert.ok(sections.includes(10), 'there is code');
  assert.ok(![6, 8, 11].some((section) => sections.includes(section)));
});

/** The numbers of a module's sections: after eight bytes of header, each is a number, a length (LEB128) and that many bytes. */
function sectionNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let at = 8;
  while (at < bytes.length) {
    numbers.push(bytes[at++]!);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += length;
  }
  return numbers;
}
