import { kindUnknown } from '../diagnostics/catalogue/inputs.ts';
import { Registry } from '../kind/registry.ts';
import { nodeKinds } from '../nodes/index.ts';
import { argumentSpan } from './argument-span.ts';
import { describeKind, kindAsJson } from './describe-kind.ts';
import { EXIT } from './exit-codes.ts';
import { reportInvalid } from './report-invalid.ts';

/** `pipeline kinds [KIND]`: all kinds in a line each, or one kind as a page. */
export function kinds(
  name: string | undefined,
  options: { readonly json?: boolean },
): number {
  const registry = new Registry(nodeKinds);
  if (name === undefined) {
    const width = Math.max(...registry.names.map((one) => one.length));
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify({ kinds: registry.kinds.map(kindAsJson) })}\n`
        : registry.kinds
            .map((kind) => `${kind.name.padEnd(width)}  ${kind.summary}\n`)
            .join(''),
    );
    return EXIT.done;
  }
  const kind = registry.get(name);
  if (kind === undefined) {
    return reportInvalid(
      [kindUnknown(name, registry.names, argumentSpan(name))],
      options,
    );
  }
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(kindAsJson(kind))}\n`
      : describeKind(kind),
  );
  return EXIT.done;
}
