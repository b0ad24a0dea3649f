import type { ArtifactType } from '../../src/artifact/artifact.ts';
import type { SourceFile, Span } from '../../src/diagnostics/diagnostic.ts';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import { DEFAULT_RESOURCES, type Resources } from '../../src/kind/resources.ts';
import type { Registry } from '../../src/kind/registry.ts';
import type {
  NodeName,
  Plan,
  PlannedInput,
  PlannedNode,
} from '../../src/pipeline/plan.ts';
import type { JsonObject } from '../../src/util/json.ts';

/** A node as a test writes it. An input that is a list is collected. */
export interface NodeSpec {
  readonly kind: string;
  readonly params?: JsonObject;
  readonly inputs?: Readonly<Record<string, string | readonly string[]>>;
  readonly resources?: Partial<Resources>;
}

/** A name such as `train[loss=a,seed=0]`. */
export const nodeName = (name: string): NodeName => name as NodeName;

function partsOf(name: string): {
  readonly family: string;
  readonly coordinates: Readonly<Record<string, string>>;
} {
  const [family = '', rest = ''] = name.split('[');
  const pairs = rest
    .replace(']', '')
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('=') as [string, string]);
  return { family, coordinates: Object.fromEntries(pairs) };
}

const plannedInput = (
  feeds: string | readonly string[],
  at: Span,
): PlannedInput =>
  typeof feeds === 'string'
    ? { type: 'single', node: nodeName(feeds), at }
    : {
        type: 'collected',
        members: feeds.map((name) => ({
          ...partsOf(name),
          node: nodeName(name),
        })),
        at,
      };

/** A plan as the language would make it: names in an order in which inputs come first, defaults filled in. */
export function makePlan(
  registry: Registry,
  specs: Readonly<Record<string, NodeSpec>>,
  options: { readonly name?: string; readonly path?: string } = {},
): Plan {
  const { name = 'test', path = 'pipelines/test.yaml' } = options;
  // Line 1 is `nodes:`; each node has two lines, its key at column 3 and its parameters at column 5.
  const text = `nodes:\n${Object.keys(specs)
    .map((node) => `  ${node}:\n    params: {}\n`)
    .join('')}`;
  const file: SourceFile = { path, text };
  const nodes = new Map<NodeName, PlannedNode>();
  for (const [node, spec] of Object.entries(specs)) {
    const kind = registry.get(spec.kind);
    if (kind === undefined) throw new Error(`no kind "${spec.kind}"`);
    const start = text.indexOf(`  ${node}:\n`) + 2;
    const family: Span = { file, start, end: start + node.length };
    const params: Span = {
      file,
      start: family.end + 6,
      end: family.end + 12,
    };
    nodes.set(nodeName(node), {
      name: nodeName(node),
      ...partsOf(node),
      kind: spec.kind,
      output: kind.output satisfies ArtifactType,
      params: fillDefaults(kind.params, spec.params ?? {}) as JsonObject,
      inputs: Object.fromEntries(
        Object.entries(spec.inputs ?? {}).map(([slot, feeds]) => [
          slot,
          plannedInput(feeds, family),
        ]),
      ),
      resources: {
        ...DEFAULT_RESOURCES,
        ...kind.resources,
        gpus: null,
        ...spec.resources,
      },
      allow: [],
      spans: { family, kind: params, params, settings: {}, resources: {} },
    });
  }
  return { name, file: path, nodes, claims: [] };
}
