/** Keyword under which a schema keeps why a setting must be the same among results that are compared. */
export const ALIKE_MARK = 'x-alike';

/** Which lint rule watches over a setting, and beside which other setting it may differ. */
export interface Alike {
  /** `budget`: how long is trained. `preprocessing`: what is done to images or features beforehand. */
  readonly what: 'budget' | 'preprocessing';
  /** Where this parameter of the same kind differs too, the setting has a reason to. */
  readonly unless?: string;
}

/** Declares among the options of a parameter's schema that compared nodes should have the same value. */
export const alike = (
  what: Alike['what'],
  unless?: string,
): { readonly [ALIKE_MARK]: Alike } => ({
  [ALIKE_MARK]: unless === undefined ? { what } : { what, unless },
});

/** What a schema declares of that sort, if it does. */
export const alikeOf = (schema: object | undefined): Alike | undefined =>
  (schema as { readonly [ALIKE_MARK]?: Alike } | undefined)?.[ALIKE_MARK];
