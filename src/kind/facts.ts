/** A layer, as far as it is known before anything has run. */
export interface LayerFact {
  readonly name: string;
  /** Number of features of an example, or null where only a run tells. */
  readonly width: number | null;
  /** Channels of a layer with rows and columns, and by how much those are fewer than the rows of an image. */
  readonly map?: { readonly channels: number; readonly reduction: number };
}

/** Where a kind looks for the number that it chooses by. */
export interface ChoiceFact {
  /** Slot with the candidates. */
  readonly slot: string;
  /** Dotted name of the number in their results. */
  readonly number: string;
  /** The parameter that names it. */
  readonly param: string;
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
  /** The axis over which what it collects is held against each other; null where nothing is. */
  compares?(params: P): string | null;
  /** What it chooses among others by. */
  chooses?(params: P): ChoiceFact;
  /** The split that a number of its results is measured on, by the number's dotted name; null where it is on none. */
  measuredOn?(params: P, number: string): string | null;
  /** Rows of its images, or null. */
  imageSide?(params: P): number | null;
  /** By how much the first layers of its network shrink an image. */
  stemReduction?(params: P): number;
  /** Parameters that name the splits for fitting, choosing and scoring. */
  readonly splitRoles?: readonly string[];
  /**
   * Layers that it yields, or null.
   *
   * @param from those of what feeds it.
   * @param imageSide rows of the images, or null.
   */
  layers?(
    params: P,
    from: readonly LayerFact[] | null,
    imageSide: number | null,
  ): readonly LayerFact[] | null;
  /** Layers that it looks for, by the parameter that names them. */
  asks?(params: P): Readonly<Record<string, readonly string[] | undefined>>;
  /** Examples of a minibatch where its estimate is biased upwards by few examples; null where it isn't. */
  biasedBatch?(params: P): number | null;
}
