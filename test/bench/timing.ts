/** How long something took. */
export interface Times {
  readonly wallMs: number;
  /** On the processor, all threads of the process: what other programs do to the machine shows less here. */
  readonly cpuMs: number;
}

/** Runs something and takes its time. */
export function timed<T>(action: () => T): Times & { readonly result: T } {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = action();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { result, wallMs, cpuMs: (user + system) / 1000 };
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** Medians of both times. */
export const medians = (times: readonly Times[]): Times => ({
  wallMs: median(times.map(({ wallMs }) => wallMs)),
  cpuMs: median(times.map(({ cpuMs }) => cpuMs)),
});

/** `ours      812 ms (processor 790 ms)` */
export const timesText = (title: string, { wallMs, cpuMs }: Times): string =>
  `${title.padEnd(34)} ${wallMs.toFixed(0).padStart(8)} ms  (processor ${cpuMs.toFixed(0)} ms)`;

/** How many times as long the other took: `2.31 times as fast (2.40 by processor time)`. */
export const ratioText = (ours: Times, other: Times): string =>
  `ours is ${(other.wallMs / ours.wallMs).toFixed(2)} times as fast (${(other.cpuMs / ours.cpuMs).toFixed(2)} by processor time)`;
