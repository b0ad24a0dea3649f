import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic, Span } from '../../src/diagnostics/diagnostic.ts';
import { excerptOf } from '../../src/diagnostics/excerpt.ts';
import {
  diagnosticsToJson,
  printDiagnostics,
} from '../../src/diagnostics/print.ts';
import { Problems } from '../../src/diagnostics/problems.ts';

const spanOf = (text: string, part: string, path = 'a.yaml'): Span => {
  const start = text.indexOf(part);
  return { file: { path, text }, start, end: start + part.length };
};

const problem = (at: Span, more: Partial<Diagnostic> = {}): Diagnostic => ({
  code: 'PARAM_INVALID',
  severity: 'error',
  message: '"rate" must be a number, got the text "fast".',
  at,
  ...more,
});

const print = (...diagnostics: readonly Diagnostic[]): string =>
  printDiagnostics(diagnostics, { color: false });

test('a diagnostic is printed with its place, its line, related places and the way out', () => {
  const text = 'a: 1\n  rate: fast\n';
  const printed = print(
    problem(spanOf(text, 'fast'), {
      related: [{ message: 'first here', at: spanOf(text, 'a') }],
      help: 'Write 0.1.',
    }),
  );
  assert.equal(
    printed,
    `a.yaml:2:9 PARAM_INVALID "rate" must be a number, got the text "fast".
    rate: fast
          ~~~~
  a.yaml:1:1 first here
    a: 1
    ~
  help: Write 0.1.
`,
  );
});

test('a warning says so', () => {
  assert.match(
    print(problem(spanOf('rate: fast', 'fast'), { severity: 'warning' })),
    /^a\.yaml:1:7 PARAM_INVALID warning: "rate"/,
  );
});

test('without diagnostics nothing is printed', () => {
  assert.equal(print(), '');
  assert.deepEqual(diagnosticsToJson([]), { diagnostics: [] });
});

test('colours are put in only where they are asked for', () => {
  const one = problem(spanOf('rate: fast', 'fast'), { help: 'Write 0.1.' });
  assert.ok(!print(one).includes('\u001b'));
  const colored = printDiagnostics([one], { color: true });
  assert.ok(colored.includes('\u001b[31mPARAM_INVALID'));
  assert.equal(colored.replaceAll(/\u001b\[\d+m/g, ''), print(one));
});

test('after a hundred diagnostics the rest is counted', () => {
  const text = 'x'.repeat(300);
  const file = { path: 'a.yaml', text };
  const many = Array.from({ length: 250 }, (_, start) =>
    problem({ file, start, end: start + 1 }),
  );
  const printed = print(...many);
  assert.equal(printed.match(/PARAM_INVALID/g)?.length, 100);
  assert.ok(printed.endsWith('\n… and 150 more problems.\n'));
});

test('warnings make room for errors', () => {
  const file = { path: 'a.yaml', text: 'x'.repeat(300) };
  const warnings = Array.from({ length: 150 }, (_, start) =>
    problem({ file, start, end: start + 1 }, { severity: 'warning' }),
  );
  const printed = print(
    ...warnings,
    problem({ file, start: 200, end: 201 }, { message: 'Here.' }),
  );
  assert.equal(printed.match(/warning:/g)?.length, 99);
  assert.match(printed, /a\.yaml:1:201 PARAM_INVALID Here\./);
  assert.ok(printed.endsWith('\n… and 51 more problems.\n'));
});

test('a cycle of thousands of edges prints fifty of them', () => {
  const at = spanOf('a: b', 'b');
  const related = Array.from({ length: 3000 }, (_, place) => ({
    message: `edge ${place}`,
    at,
  }));
  const printed = print(problem(at, { related }));
  assert.equal(printed.match(/edge/g)?.length, 50);
  assert.ok(printed.includes('  … and 2,950 more places.\n'));
});

test('a tab takes one column, and the mark stands below the place', () => {
  assert.deepEqual(excerptOf(spanOf('\ta:\tfast', 'fast')), {
    line: ' a: fast',
    underline: '    ~~~~',
  });
});

test('wide characters take two columns, combining ones none, escaped ones as many as are shown', () => {
  assert.deepEqual(excerptOf(spanOf('日本: fast', 'fast')), {
    line: '日本: fast',
    underline: '      ~~~~',
  });
  assert.deepEqual(excerptOf(spanOf('e\u0301: fast', 'fast')), {
    line: 'e\u0301: fast',
    underline: '   ~~~~',
  });
  assert.deepEqual(excerptOf(spanOf('\u202e: fast', 'fast')), {
    line: '\\u202e: fast',
    underline: '        ~~~~',
  });
});

test('a line is cut to two hundred characters around the place', () => {
  const text = `${'a'.repeat(1000)}HERE${'b'.repeat(1000)}`;
  const excerpt = excerptOf(spanOf(text, 'HERE'));
  assert.ok(excerpt !== null);
  const { line, underline } = excerpt;
  assert.equal(line.length, 202);
  assert.ok(line.startsWith('…aaa') && line.endsWith('bbb…'));
  const from = underline.indexOf('~');
  assert.equal(line.slice(from, from + 4), 'HERE');
  assert.equal(underline.trim(), '~~~~');
});

test('a place of several lines is marked to the end of its first one', () => {
  const text = 'a:\n  b: 1\n  c: 2\n';
  assert.deepEqual(excerptOf(spanOf(text, 'b: 1\n  c: 2')), {
    line: '  b: 1',
    underline: '  ~~~~',
  });
});

test('a place behind the end of a line is marked, on an empty line there is nothing to show', () => {
  const file = { path: 'a.yaml', text: 'a:\n\n' };
  assert.deepEqual(excerptOf({ file, start: 2, end: 2 }), {
    line: 'a:',
    underline: '  ~',
  });
  assert.equal(excerptOf({ file, start: 3, end: 3 }), null);
});

test('programs get exactly the promised members, positions from 1 with the end one past', () => {
  const text = 'a: 1\nrate: fast\n';
  const one = problem(spanOf(text, 'fast'), {
    help: 'Write \u202e 0.1.',
    related: [{ message: 'not for programs', at: spanOf(text, 'a') }],
  });
  assert.deepEqual(diagnosticsToJson([one, problem(spanOf(text, 'a'))]), {
    diagnostics: [
      {
        code: 'PARAM_INVALID',
        severity: 'error',
        message: '"rate" must be a number, got the text "fast".',
        file: 'a.yaml',
        line: 2,
        column: 7,
        endLine: 2,
        endColumn: 11,
        help: 'Write \\u202e 0.1.',
      },
      {
        code: 'PARAM_INVALID',
        severity: 'error',
        message: '"rate" must be a number, got the text "fast".',
        file: 'a.yaml',
        line: 1,
        column: 1,
        endLine: 1,
        endColumn: 2,
        help: null,
      },
    ],
  });
});

test('problems are kept once, in the order of files and places, and counted after a hundred', () => {
  const [first, second] = ['a.yaml', 'b.yaml'].map((path) => ({
    path,
    text: 'x'.repeat(500),
  }));
  assert.ok(first !== undefined && second !== undefined);
  const problems = new Problems();
  problems.noteFile(first);
  problems.add(problem({ file: second, start: 3, end: 4 }));
  problems.add(problem({ file: first, start: 9, end: 10 }));
  problems.add(problem({ file: first, start: 1, end: 2 }));
  problems.add(problem({ file: first, start: 1, end: 2 }));
  problems.add(() =>
    problem({ file: first, start: 1, end: 2 }, { message: 'Another.' }),
  );
  assert.deepEqual(
    problems
      .list()
      .map(({ at, message }) => [at.file.path, at.start, message.slice(0, 7)]),
    [
      ['a.yaml', 1, '"rate" '],
      ['a.yaml', 1, 'Another'],
      ['a.yaml', 9, '"rate" '],
      ['b.yaml', 3, '"rate" '],
    ],
  );
  for (let start = 0; start < 200; start++) {
    problems.add(
      problem({ file: second, start: 100 + start, end: 101 + start }),
    );
  }
  const list = problems.list();
  assert.equal(list.length, 101);
  assert.deepEqual(list.at(-1)?.code, 'DIAGNOSTICS_CUT');
  assert.equal(
    list.at(-1)?.message,
    'There are 104 more problems, not listed.',
  );
});

test('a problem that is only counted is not worded', () => {
  const problems = new Problems();
  const file = { path: 'a.yaml', text: 'x'.repeat(200) };
  let worded = 0;
  for (let start = 0; start < 150; start++) {
    problems.add(() => {
      worded += 1;
      return problem({ file, start, end: start + 1 });
    });
  }
  assert.equal(worded, 100);
  assert.equal(
    problems.list().at(-1)?.message,
    'There are 50 more problems, not listed.',
  );
});

test('errors and warnings are kept apart: neither hides the other', () => {
  const file = { path: 'a.yaml', text: 'x'.repeat(200) };
  const problems = new Problems();
  for (let start = 0; start < 120; start++) {
    const at = { file, start, end: start + 1 };
    problems.add(problem(at, { severity: 'warning' }));
  }
  assert.deepEqual([problems.hasErrors, problems.isFull], [false, false]);
  assert.equal(problems.list().at(-1)?.severity, 'warning');
  problems.add(() => problem({ file, start: 150, end: 151 }));
  assert.equal(problems.hasErrors, true);
  const list = problems.list();
  assert.deepEqual(
    [list.length, list.at(-2)?.severity, list.at(-1)?.severity],
    [102, 'error', 'error'],
  );
  assert.equal(list.at(-1)?.message, 'There are 20 more problems, not listed.');
});
