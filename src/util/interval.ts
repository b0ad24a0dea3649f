/** All numbers from one to another, both included. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}
