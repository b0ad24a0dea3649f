import { appendFileSync, existsSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Type } from 'typebox';
import {
  defineKind,
  many,
  NodeError,
  one,
  type AnyKind,
} from '../../src/kind/kind.ts';
import { tf } from '../../src/tensor/tf.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { tableOf } from './table-value.ts';

const anything = many('score', 'Anything.');
const describe = (description: string) => ({ description });

const params = <T extends Parameters<typeof Type.Object>[0]>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

/** Yields a number and what it was fed. */
const value = defineKind({
  name: 'value',
  version: 1,
  summary: 'A number, with the numbers behind it.',
  params: params({ value: Type.Number({ default: 0, ...describe('Any.') }) }),
  inputs: {},
  openInputs: anything,
  output: 'score',
  run: ({ params: { value }, inputs }) =>
    Promise.resolve({
      type: 'score',
      value: {
        value,
        from: Object.values(
          inputs as Readonly<
            Record<
              string,
              readonly { readonly artifact: { readonly value: JsonObject } }[]
            >
          >,
        ).flatMap((members) =>
          members.map((member) => member.artifact.value['value'] ?? null),
        ),
      },
      arrays: {},
    }),
});

/** Yields an array that is some chunks long. */
const array = defineKind({
  name: 'array',
  version: 1,
  summary: 'An array of bytes.',
  params: params({
    length: Type.Integer(describe('Bytes.')),
    step: Type.Integer({ default: 1, ...describe('Between neighbours.') }),
  }),
  inputs: {},
  output: 'score',
  run: ({ params: { length, step } }) =>
    Promise.resolve({
      type: 'score',
      value: {},
      arrays: {
        data: ndArray(
          'uint8',
          [length],
          new Uint8Array(length).map((_, index) => (index * step) % 251),
        ),
      },
    }),
});

/** Reads an array. */
const sum = defineKind({
  name: 'sum',
  version: 1,
  summary: 'Adds the bytes of an array up.',
  params: params({ scale: Type.Number({ default: 1, ...describe('Any.') }) }),
  inputs: { data: one('score', 'An array.') },
  output: 'score',
  run: ({ params: { scale }, inputs }) =>
    Promise.resolve({
      type: 'score',
      value: {
        sum:
          scale *
          inputs.data
            .array('data', 'uint8')
            .data.reduce((total, byte) => total + byte, 0),
      },
      arrays: {},
    }),
});

/** Leaves a line in a file for each time that it is computed. */
const count = defineKind({
  name: 'count',
  version: 1,
  summary: 'A number, with a trace of its computation.',
  params: params({
    file: Type.String(describe('Where the lines go.')),
    id: Type.Integer(describe('What the line says.')),
    length: Type.Integer({ default: 0, ...describe('Bytes of its array.') }),
  }),
  inputs: {},
  openInputs: anything,
  output: 'score',
  run: async ({ params: { file, id, length }, signal }) => {
    appendFileSync(file, `${id}\n`);
    await setTimeout(id % 10, undefined, { signal });
    return {
      type: 'score',
      value: { value: id },
      arrays: {
        data: ndArray(
          'uint8',
          [length],
          new Uint8Array(length).map((_, index) => (index * (id + 1)) % 251),
        ),
      },
    };
  },
});

/** Says what process it runs in. */
const where = defineKind({
  name: 'where',
  version: 1,
  summary: 'Its process, with what it sees of the machine.',
  params: params({
    id: Type.Integer(describe('Any.')),
    leaks: Type.Boolean({
      default: false,
      ...describe('Whether it leaves a tensor behind.'),
    }),
  }),
  inputs: {},
  openInputs: anything,
  output: 'score',
  run: async (context) => {
    if (context.params.leaks) {
      await context.backend();
      tf.scalar(1);
    }
    return {
      type: 'score',
      value: {
        process: process.pid,
        gpus: process.env['CUDA_VISIBLE_DEVICES'] ?? 'all',
        threads: Number(process.env['OMP_NUM_THREADS']),
      },
      arrays: {},
    };
  },
});

/** Takes steps, each with a line in a file, and goes on from a checkpoint. */
const steps = defineKind({
  name: 'steps',
  version: 1,
  summary: 'Steps with checkpoints.',
  params: params({
    file: Type.String(describe('Where the lines go.')),
    steps: Type.Integer(describe('How many.')),
    deaf: Type.Boolean({
      default: false,
      ...describe('Whether it stops for nobody.'),
    }),
  }),
  inputs: {},
  output: 'score',
  run: async ({ params: { file, steps, deaf }, checkpoints, signal }) => {
    let done = ((await checkpoints.load()) as number | null) ?? 0;
    for (; done < steps; done++) {
      if (!deaf && checkpoints.isDue()) await checkpoints.save(done);
      if (!deaf) signal.throwIfAborted();
      appendFileSync(file, `${done}\n`);
      await setTimeout(2);
    }
    return { type: 'score', value: { steps }, arrays: {} };
  },
});

/** Says that it has begun, with its process, and waits until it may go on. */
const gate = defineKind({
  name: 'gate',
  version: 1,
  summary: 'Waits for a file.',
  params: params({
    folder: Type.String(describe('Where the files are.')),
    name: Type.String(describe('Begins their names.')),
    busy: Type.Boolean({
      default: false,
      ...describe('Whether to compute without a pause instead, for ever.'),
    }),
  }),
  inputs: {},
  openInputs: anything,
  output: 'score',
  run: async ({ params: { folder, name, busy }, signal }) => {
    writeFileSync(join(folder, `${name}.pid`), String(process.pid));
    while (busy) Math.sqrt(2);
    while (!existsSync(join(folder, `${name}.open`))) {
      await setTimeout(5, undefined, { signal });
    }
    return { type: 'score', value: { name }, arrays: {} };
  },
});

/** Ends its own process. */
const die = defineKind({
  name: 'die',
  version: 1,
  summary: 'Kills its worker.',
  params: params({
    signal: Type.String({ default: '', ...describe('Or exit code 3.') }),
    once: Type.String({
      default: '',
      ...describe('A file that says that it has died before.'),
    }),
    words: Type.String({ default: '', ...describe('Last words.') }),
  }),
  inputs: {},
  output: 'score',
  run: async ({ params: { signal, once, words } }) => {
    if (once === '' || !existsSync(once)) {
      if (once !== '') writeFileSync(once, '');
      writeSync(2, words);
      if (signal === '') process.exit(3);
      process.kill(process.pid, signal);
      // The signal takes a moment; nothing is yielded meanwhile.
      await setTimeout(60_000);
    }
    return { type: 'score', value: {}, arrays: {} };
  },
});

/** Goes wrong. */
const fail = defineKind({
  name: 'fail',
  version: 1,
  summary: 'Fails.',
  params: params({
    how: Type.String({ default: 'node-error', ...describe('In which way.') }),
  }),
  inputs: {},
  openInputs: anything,
  output: 'score',
  run: ({ params: { how } }) => {
    if (how === 'type-error') throw new TypeError('x is not a function');
    if (how === 'wrong-type') {
      return Promise.resolve({ type: 'model', value: {}, arrays: {} } as never);
    }
    if (how === 'nan') {
      return Promise.resolve({
        type: 'score',
        value: { loss: NaN },
        arrays: {},
      });
    }
    throw new NodeError('loss is NaN at step 37 of 400');
  },
});

/** Prints, logs and tells how far it is. */
const print = defineKind({
  name: 'print',
  version: 1,
  summary: 'Prints.',
  params: params({
    words: Type.String(describe('What native code would print.')),
    steps: Type.Integer({ default: 0, ...describe('Reports.') }),
  }),
  inputs: {},
  output: 'score',
  run: async (context) => {
    const { words, steps } = context.params;
    writeSync(1, `out ${words}\n`);
    writeSync(2, `err ${words}\n`);
    context.log(`log ${words}`);
    for (let done = 1; done <= steps; done++) {
      context.progress({
        done,
        total: steps,
        unit: 'step',
        metrics: { loss: 1 },
      });
    }
    // A moment for the first report to leave.
    await setTimeout(1);
    return { type: 'score', value: {}, arrays: {} };
  },
});

/** Yields a table. */
const table = defineKind({
  name: 'table',
  version: 1,
  summary: 'A table without cells.',
  params: params({
    title: Type.String({ default: '', ...describe('Above it.') }),
  }),
  inputs: {},
  openInputs: anything,
  output: 'table',
  run: ({ params: { title } }) =>
    Promise.resolve({
      type: 'table',
      value: tableOf({ title }),
      arrays: {},
    }),
});

/** Kinds that real workers run in tests. */
export const testKinds: readonly AnyKind[] = [
  ...[value, array, sum, count, where, steps, gate, die, fail, print, table],
];
