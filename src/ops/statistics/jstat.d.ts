// jstat 1.9.6 has no types of its own: the part that is used.
declare module 'jstat' {
  const library: {
    readonly jStat: {
      readonly studentt: {
        /** Probability of at most `x` under Student's t with `degrees` of freedom. */
        readonly cdf: (x: number, degrees: number) => number;
        /** The number that Student's t with `degrees` of freedom is at most with `probability`. */
        readonly inv: (probability: number, degrees: number) => number;
      };
      readonly normal: {
        /** The number that a normal variable is at most with `probability`. */
        readonly inv: (
          probability: number,
          mean: number,
          deviation: number,
        ) => number;
      };
    };
  };
  export default library;
}
