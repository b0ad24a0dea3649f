// jstat 1.9.6 has no types of its own: the part that is used.
declare module 'jstat' {
  const library: {
    readonly jStat: {
      readonly studentt: {
        /** Probability of at most `x` under Student's t with `degrees` of freedom. */
        readonly cdf: (x: number, degrees: number) => number;
      };
    };
  };
  export default library;
}
