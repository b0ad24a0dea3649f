import { diagnosticsCut } from './catalogue/general.ts';
import type { Diagnostic, SourceFile } from './diagnostic.ts';

/** How many errors are kept, and how many warnings; more are counted. */
export const MAX_KEPT = 100;

/** Collects what is wrong while a file is read: each problem once, the first hundred of them whole. */
export class Problems {
  readonly #kept: Record<Diagnostic['severity'], Diagnostic[]> = {
    error: [],
    warning: [],
  };
  readonly #seen = new Set<string>();
  readonly #files = new Map<SourceFile, number>();
  #cut = 0;
  #last: Diagnostic | undefined;

  /** Whether anything that stops a run was found. */
  get hasErrors(): boolean {
    return this.#kept.error.length > 0;
  }

  /**
   * Whether more errors would only be counted: loops that can find one for every node stop then. Never true without
   * errors, so that whoever stops early has not missed what a plan needs.
   */
  get isFull(): boolean {
    return this.#kept.error.length >= MAX_KEPT;
  }

  /**
   * The same words at the same place are one problem, however many nodes have it.
   *
   * @param found a function for an error whose words take work to find: past the first hundred it isn't called.
   */
  add(found: Diagnostic | (() => Diagnostic)): void {
    if (this.isFull && typeof found === 'function') {
      this.#cut += 1;
      return;
    }
    const diagnostic = typeof found === 'function' ? found() : found;
    const { at, severity } = diagnostic;
    const file = this.#fileNumber(at.file);
    const key = `${file}:${at.start}:${at.end}:${diagnostic.code}:${diagnostic.message}`;
    if (this.#seen.has(key)) return;
    const kept = this.#kept[severity];
    if (kept.length >= MAX_KEPT) {
      this.#cut += 1;
      this.#last = diagnostic;
      return;
    }
    this.#seen.add(key);
    kept.push(diagnostic);
  }

  addAll(diagnostics: Iterable<Diagnostic>): void {
    for (const diagnostic of diagnostics) this.add(diagnostic);
  }

  /** Everything that was found, by file in the order in which files were read, then by place. */
  list(): readonly Diagnostic[] {
    const { error, warning } = this.#kept;
    const sorted = [...error, ...warning].sort(
      (left, right) =>
        this.#fileNumber(left.at.file) - this.#fileNumber(right.at.file) ||
        left.at.start - right.at.start ||
        left.at.end - right.at.end,
    );
    const last = this.#last ?? sorted.at(-1);
    return this.#cut === 0 || last === undefined
      ? sorted
      : [...sorted, diagnosticsCut(this.#cut, this.hasErrors, last.at)];
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
