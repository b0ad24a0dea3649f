import { visible } from '../diagnostics/text.ts';

/** Tells people that another program has to be waited for. */
export const sayWaiting = (message: string): void => {
  process.stderr.write(`${visible(message)}\n`);
};
