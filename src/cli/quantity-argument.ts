import { InvalidArgumentError } from 'commander';

/** An argument that has to be a quantity. */
export const quantity =
  (parse: (text: string) => number | undefined, examples: string) =>
  (text: string): number => {
    const value = parse(text);
    if (value === undefined) {
      throw new InvalidArgumentError(`It must be like ${examples}.`);
    }
    return value;
  };
