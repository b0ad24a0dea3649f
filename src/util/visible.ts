/**
 * Characters that could make a terminal show something else than what is there: controls, bidirectional marks and
 * overrides, line separators, zero-width marks, halves of surrogate pairs.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const escaped = (character: string): string => {
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** The text with everything escaped that a terminal would act on instead of showing it. */
export const visible = (text: string): string => text.replace(UNSAFE, escaped);
