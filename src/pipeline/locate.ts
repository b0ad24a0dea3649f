import type { Span } from '../diagnostics/diagnostic.ts';
import type { Related } from '../diagnostics/make.ts';
import { quoted } from '../diagnostics/text.ts';
import type { Entry, Value } from './value.ts';

/** A place in the text, and how a value that is written there got where it is used. */
export interface Located {
  readonly at: Span;
  /** The aliases and axis values on the way. */
  readonly via: readonly Related[];
}

/** How a value came to stand where it is used: through an alias, as the value of an axis. */
export function viaOf({ alias, substituted }: Value): readonly Related[] {
  return [
    ...(alias === undefined
      ? []
      : [{ message: 'used through this alias', at: alias }]),
    ...(substituted === undefined
      ? []
      : [
          {
            message: `for ${substituted.axis} = ${substituted.valueName}`,
            at: substituted.valueAt,
          },
          { message: 'put in here', at: substituted.useAt },
        ]),
  ];
}

/**
 * The place of what a path of keys and list indices leads to: the one function that makes spans of validator paths.
 *
 * What isn't there is at its nearest parent. A parent's key is where something is missing; `rootKey` is the key of the
 * root itself.
 *
 * @param which the key, or the value; a list entry has no key, so that its value stands for it.
 */
export function locate(
  root: Value,
  rootKey: Span,
  path: readonly string[],
  which: 'key' | 'value',
): Located {
  const via: Related[] = [...viaOf(root)];
  let value = root;
  let keyAt: Span = rootKey;
  for (const step of path) {
    const next: Entry | Value | undefined =
      value.type === 'mapping'
        ? value.entries.get(step)
        : value.type === 'list'
          ? value.items[Number(step)]
          : undefined;
    if (next === undefined) return { at: keyAt, via };
    if ('keyAt' in next) {
      keyAt = next.keyAt;
      value = next.value;
    } else {
      keyAt = next.at;
      value = next;
    }
    via.push(...viaOf(value));
  }
  if (which === 'value') return { at: value.at, via };
  // Settings that an axis has put in stand under their name there.
  return { at: value.substituted?.valueAt ?? keyAt, via };
}

/** `"epochs"`, `"model.widths[0]"`: a path in parameters as messages show it. */
export const pathName = (path: readonly string[]): string =>
  quoted(
    path.length === 0
      ? 'params'
      : path.reduce(
          (name, step) =>
            /^\d+$/.test(step)
              ? `${name}[${step}]`
              : name === ''
                ? step
                : `${name}.${step}`,
          '',
        ),
  );
