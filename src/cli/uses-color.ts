/** Whether what is written to a stream may have colours: at a terminal that shows them, unless `NO_COLOR` is set. */
export const usesColor = (
  // Not false but missing where it is a file or a pipe, whatever the types of Node say.
  stream: { readonly isTTY?: boolean },
  environment: NodeJS.ProcessEnv,
): boolean =>
  stream.isTTY === true &&
  environment['TERM'] !== 'dumb' &&
  (environment['NO_COLOR'] ?? '') === '';
