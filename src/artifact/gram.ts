/**
 * Centred Gram matrices of a network's layers, one a minibatch: what similarities are inner products of. Arrays: for each
 * layer `layer:NAME` float32 `[batches, packed length]`, the inner product of all of it with itself being 1; and `labels`
 * int32 `[examples]`, by which two networks are seen to be of the same examples.
 */
export interface GramValue {
  /** In the order of the network's depth. */
  readonly layers: readonly { readonly name: string; readonly width: number }[];
  readonly kernel: 'linear' | 'rbf';
  /** Bandwidth of the RBF kernel as a share of the median distance; null for the linear one. */
  readonly threshold: number | null;
  readonly estimator: 'unbiased' | 'biased';
  readonly split: string;
  /** Examples of a minibatch. */
  readonly batch: number;
  readonly batches: number;
}
