/** A layer, as far as it is known before anything has run. */
export interface LayerFact {
  readonly name: string;
  /** Number of features, or null where only a run tells. */
  readonly width: number | null;
}

/**
 * What can be known of a kind's nodes before they run: what lint rules look at. Each field is an answer to a question that
 * rules ask of all kinds; one that is left out is "not known".
 */
export interface KindFacts<P> {
  /** The slot its examples come from; null where it makes its own, which its parameters tell apart. */
  readonly examples?: string | null;
  /** Slots that must have the same examples, collected or not. */
  readonly sameExamples?: readonly string[];
  /** Slots whose layers `asks` names, and `layers` is given the first of. */
  readonly layersFrom?: readonly string[];
  /** The axis over which what it collects is held against each other. */
  compares?(params: P): string;
  /** Rows of its images, or null. */
  imageSide?(params: P): number | null;
  /** By how much the first layers of its network shrink an image. */
  stemReduction?(params: P): number;
  /** Parameters that name the splits for fitting, choosing and scoring. */
  readonly splitRoles?: readonly string[];
  /** Layers that it yields, or null. */
  layers?(
    params: P,
    from: readonly LayerFact[] | null,
  ): readonly LayerFact[] | null;
  /** Layers that it looks for, by the parameter that names them. */
  asks?(params: P): Readonly<Record<string, readonly string[] | undefined>>;
  /** Examples of a minibatch where its estimate is biased upwards by few examples; null where it isn't. */
  biasedBatch?(params: P): number | null;
}
