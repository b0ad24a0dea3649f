import { visible } from '../util/visible.ts';

/** Tells people that another program has to be waited for. */
export const sayWaiting = (message: string): void => {
  process.stderr.write(`${visible(message)}\n`);
};
