/** A promise that is settled from outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** A promise and what settles it. */
export function deferred<T>(): Deferred<T> {
  const settle: Pick<Deferred<T>, 'resolve' | 'reject'>[] = [];
  const promise = new Promise<T>((resolve, reject) => {
    settle.push({ resolve, reject });
  });
  const [settlers] = settle;
  if (settlers === undefined) throw new Error('Internal error: no executor');
  return { promise, ...settlers };
}
