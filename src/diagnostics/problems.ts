import { diagnosticsCut } from './catalogue/general.ts';
import type { Diagnostic, SourceFile } from './diagnostic.ts';

/** How many diagnostics are kept; more are counted. */
export const MAX_KEPT = 100;

/** Collects what is wrong while a file is read: each problem once, the first hundred of them whole. */
export class Problems {
  readonly #kept: Diagnostic[] = [];
  readonly #seen = new Set<string>();
  readonly #files = new Map<SourceFile, number>();
  #hasErrors = false;
  #cut = 0;
  #last: Diagnostic | undefined;

  /** Whether anything that stops a run was found. */
  get hasErrors(): boolean {
    return this.#hasErrors;
  }

  /** Whether more would only be counted: loops that can find a problem for every node stop then. */
  get isFull(): boolean {
    return this.#kept.length >= MAX_KEPT;
  }

  /**
   * The same words at the same place are one problem, however many nodes have it.
   *
   * @param found a function where the words take work to find: past the first hundred it isn't called.
   */
  add(found: Diagnostic | (() => Diagnostic)): void {
    if (this.isFull && typeof found === 'function') {
      this.#hasErrors = true;
      this.#cut += 1;
      return;
    }
    const diagnostic = typeof found === 'function' ? found() : found;
    const { at } = diagnostic;
    const file = this.#fileNumber(at.file);
    const key = `${file}:${at.start}:${at.end}:${diagnostic.code}:${diagnostic.message}`;
    if (this.#seen.has(key)) return;
    if (diagnostic.severity === 'error') this.#hasErrors = true;
    if (this.isFull) {
      this.#cut += 1;
      this.#last = diagnostic;
      return;
    }
    this.#seen.add(key);
    this.#kept.push(diagnostic);
  }

  addAll(diagnostics: Iterable<Diagnostic>): void {
    for (const diagnostic of diagnostics) this.add(diagnostic);
  }

  /** Everything that was found, by file in the order in which files were read, then by place. */
  list(): readonly Diagnostic[] {
    const sorted = [...this.#kept].sort(
      (left, right) =>
        this.#fileNumber(left.at.file) - this.#fileNumber(right.at.file) ||
        left.at.start - right.at.start ||
        left.at.end - right.at.end,
    );
    const last = this.#last ?? this.#kept.at(-1);
    return this.#cut === 0 || last === undefined
      ? sorted
      : [...sorted, diagnosticsCut(this.#cut, this.#hasErrors, last.at)];
  }

  /** Files are ordered by when they were first heard of. */
  noteFile(file: SourceFile): void {
    this.#fileNumber(file);
  }

  #fileNumber(file: SourceFile): number {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    this.#files.set(file, this.#files.size);
    return this.#files.size - 1;
  }
}
