/** A network can't be built, restored or trained as it was asked to. The message is for the user. */
export class ModelError extends Error {
  override readonly name: string = 'ModelError';
}

/** A training left the finite numbers. */
export class DivergedError extends ModelError {
  override readonly name = 'DivergedError';

  /** @param what the value that is not finite: `The loss is NaN`. */
  constructor(
    what: string,
    at: {
      readonly step: number;
      readonly steps: number;
      readonly rate: number;
    },
  ) {
    // A rate has seldom more than three digits that matter, and a schedule's have seventeen.
    const rate = String(Number(at.rate.toPrecision(3)));
    super(
      `${what} at step ${at.step + 1} of ${at.steps} (learning rate ${rate}).`,
    );
  }
}
