import { openStore } from '../cache/open-store.ts';
import { visible } from '../util/visible.ts';
import {
  explainNodes,
  type EarlierRun,
  type ExplainedInput,
  type ExplainedParts,
  type Explanation,
} from '../engine/explain-nodes.ts';
import { changeText } from '../engine/key-differences.ts';
import { shortDigest, type Digest } from '../fingerprint/digest.ts';
import type { Plan } from '../pipeline/plan.ts';
import { formatDuration, plural } from '../terminal/format.ts';
import { describeValue } from './describe-value.ts';
import { EXIT } from './exit-codes.ts';
import { openNodes } from './open-file.ts';
import type { FileOptions } from './options.ts';
import { cacheFolder } from './project-folder.ts';
import { reportInvalid } from './report-invalid.ts';
import { sayWaiting } from './say-waiting.ts';

/** Differences, members and names that people are shown; programs get all. */
const SHOWN = 20;

const STATES: Readonly<Record<Explanation['state'], string>> = {
  hit: 'in the cache',
  run: 'would run',
  unknown: 'may run',
};

type Row = readonly [name: string, text: string];

/** Rows in two columns, below `indent` spaces; the rest of a long list is counted. */
function rowLines(rows: readonly Row[], indent: number): string[] {
  const shown = rows.slice(0, SHOWN);
  const width = Math.max(...shown.map(([name]) => name.length));
  const margin = ' '.repeat(indent);
  const lines = shown.map(
    ([name, text]) => `${margin}${name.padEnd(width)}  ${text}`,
  );
  return rows.length > SHOWN
    ? [...lines, `${margin}… ${rows.length - SHOWN} more`]
    : lines;
}

/** `2026-11-24 12:30:11 UTC`. */
const timeText = (iso: string): string =>
  `${iso.slice(0, 19).replace('T', ' ')} UTC`;

const contentText = (content: Digest | null): string =>
  content === null ? 'not known yet' : `content ${shortDigest(content)}…`;

function backendText({ environment }: EarlierRun): string {
  const { name = 'none', ...facts } = environment.backend;
  return [name, ...Object.entries(facts).map((fact) => fact.join(' '))].join(
    ', ',
  );
}

function runRows(run: EarlierRun): readonly Row[] {
  const { node, platform, processor } = run.environment;
  return [
    [
      'computed',
      `${timeText(run.finishedAt)}, in ${formatDuration(run.seconds)}`,
    ],
    ['machine', `${platform}, ${processor}, Node.js ${node}`],
    ['backend', backendText(run)],
  ];
}

/** Whose run it was, where it was another node's. */
const asRow = (plan: Plan, name: string, run: EarlierRun): readonly Row[] => [
  ...(run.node === name ? [] : [['as node', run.node] as const]),
  ...(run.pipeline === plan.name
    ? []
    : [['in pipeline', run.pipeline] as const]),
];

function settingsRows({ settings }: Explanation): readonly Row[] {
  if (settings === null) return [];
  const { node, picked } = settings;
  const values = Object.entries(picked ?? {}).map((one) => one.join('='));
  const text =
    picked === null ? 'to be picked' : `${values.join(', ')}, picked`;
  return [['settings', `${text} by ${node}`]];
}

function partLines({ kind, version, params, files, inputs }: ExplainedParts) {
  const feed = ({ node, content }: ExplainedInput): string =>
    `${node}, ${contentText(content)}`;
  const inputLines = Object.entries(inputs).flatMap(([slot, input]) =>
    'node' in input
      ? [`    input ${slot}: ${feed(input)}`]
      : [
          `    input ${slot}: ${plural(input.length, 'member')}`,
          ...input.slice(0, SHOWN).map((member) => `      ${feed(member)}`),
          ...(input.length > SHOWN
            ? [`      … ${input.length - SHOWN} more`]
            : []),
        ],
  );
  return [
    '  the key is made of',
    `    kind: ${kind}, version ${version}`,
    '    params:',
    ...describeValue(params, 6),
    ...files.map(
      ({ path, content }) => `    file ${path}: ${contentText(content)}`,
    ),
    ...inputLines,
  ];
}

function explanationText(plan: Plan, explained: Explanation): string {
  const { node, state, reason, key, parts, computed, comparedWith } = explained;
  const lines = [
    `${node}: ${STATES[state]}`,
    ...rowLines(
      [
        ['why', reason],
        ['key', key ?? 'not known yet'],
        ...settingsRows(explained),
        ...(computed === null
          ? []
          : [...runRows(computed), ...asRow(plan, node, computed)]),
      ],
      2,
    ),
  ];
  if (explained.waitsFor.length > 0) {
    const names = explained.waitsFor.map((name): Row => [name, '']);
    lines.push(
      '  waits for',
      ...rowLines(names, 4).map((line) => line.trimEnd()),
    );
  }
  if (comparedWith !== null) {
    lines.push(
      '  compared with its nearest earlier run',
      ...rowLines(
        [...runRows(comparedWith), ...asRow(plan, node, comparedWith)],
        4,
      ),
    );
  }
  if (explained.differences.length > 0) {
    const rows = explained.differences.map((difference): Row => [
      difference.part,
      changeText(difference),
    ]);
    lines.push('  differs in', ...rowLines(rows, 4));
  }
  if (parts !== null) lines.push(...partLines(parts));
  return `${lines.map(visible).join('\n')}\n`;
}

/** `pipeline explain FILE NODE…`: why nodes ran or would run. Runs nothing and writes nothing. */
export async function explain(
  file: string,
  patterns: readonly string[],
  options: FileOptions,
): Promise<number> {
  const opened = openNodes(file, patterns, options);
  if (!opened.ok) return reportInvalid(opened.error, options);
  const { plan, registry, nodes } = opened.value;
  const folder = cacheFolder(file, options.cache, process.env);
  await using store = await openStore({
    folder,
    readOnly: true,
    waits: sayWaiting,
  });
  const explanations = await explainNodes({ plan, nodes, registry, store });
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ nodes: explanations })}\n`
      : explanations.map((one) => explanationText(plan, one)).join('\n'),
  );
  return EXIT.done;
}
