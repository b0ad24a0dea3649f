/**
 * Images a second since it was made, for people who watch. The one place of the model code that reads a clock: what it says
 * goes into progress, never into an artifact.
 */
export class Speedometer {
  readonly #start = performance.now();
  #images = 0;

  /** Counts images that are done. */
  add(images: number): void {
    this.#images += images;
  }

  /** 0 until time has passed. */
  get imagesPerSecond(): number {
    const seconds = (performance.now() - this.#start) / 1000;
    return seconds > 0 ? this.#images / seconds : 0;
  }
}
