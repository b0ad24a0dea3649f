import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import {
  fileMissing,
  filesTooLarge,
  fileUnreadable,
  includeOutside,
  includeTooMany,
  includeTwice,
} from '../diagnostics/catalogue/files.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { LIMITS } from './limits.ts';
import { readPipelineFile, type PipelineFile } from './read-pipeline.ts';
import { isMissing, readSource, reasonOf } from './read-source.ts';
import { parseYaml, type SourceBudget } from './source.ts';
import type { ScalarValue } from './value.ts';

/** Where a file was asked for, and what it is called. */
interface Request {
  /** As it is shown, and opened relative to the current folder. */
  readonly path: string;
  /** The entry of `include`; null for the file of the command line. */
  readonly at: Span | null;
}

/** The nearest folder at or above a file's that has a `package.json`, else the file's own: includes stay inside. */
function projectOf(file: string): string {
  const own = dirname(resolve(file));
  for (let folder = own; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return own;
  }
}

/** Reads files of a pipeline one after the other, and remembers which. */
class FileReader {
  readonly #problems: Problems;
  readonly #budget: SourceBudget;
  readonly #project: string;
  /** Real path -> where the file was asked for. */
  readonly #read = new Map<string, Span | null>();
  #bytes = 0;

  constructor(file: string, budget: SourceBudget, problems: Problems) {
    this.#problems = problems;
    this.#budget = budget;
    this.#project = projectOf(file);
  }

  /** Whether as much was read as is read of a pipeline; whatever comes next would be too much again. */
  get isExhausted(): boolean {
    return (
      this.#bytes > LIMITS.totalBytes ||
      this.#budget.tokens < 0 ||
      this.#budget.values < 0
    );
  }

  read({ path, at }: Request): PipelineFile | null {
    const place = at ?? { file: { path, text: '' }, start: 0, end: 0 };
    const realPath = this.#admit(path, at, place);
    if (realPath === null) return null;
    const source = readSource(path, realPath, at);
    if (!source.ok) {
      this.#problems.add(source.error);
      return null;
    }
    const { file, bytes } = source.value;
    this.#bytes += bytes;
    if (this.#bytes > LIMITS.totalBytes) {
      this.#problems.add(filesTooLarge(LIMITS.totalBytes, place));
      return null;
    }
    this.#problems.noteFile(file);
    const { root, problems } = parseYaml(file, this.#budget);
    this.#problems.addAll(problems);
    // What is doubtful as YAML says nothing about the pipeline.
    if (root === null && problems.length > 0) return null;
    return readPipelineFile(file, root, at !== null, this.#problems);
  }

  /** The real path of a file that may be read, or null. Symbolic links are followed before anything is decided. */
  #admit(path: string, at: Span | null, place: Span): string | null {
    if (at !== null && !isInside(resolve(path), this.#project)) {
      this.#reportOutside(path, at);
      return null;
    }
    let realPath: string;
    let project: string;
    try {
      realPath = realpathSync(resolve(path));
      project = realpathSync(this.#project);
    } catch (error) {
      this.#problems.add(
        isMissing(error)
          ? fileMissing(path, place)
          : fileUnreadable(path, reasonOf(error), place),
      );
      return null;
    }
    if (at !== null && !isInside(realPath, project)) {
      this.#reportOutside(path, at);
      return null;
    }
    const first = this.#read.get(realPath);
    if (first !== undefined && at !== null) {
      const related =
        first === null ? undefined : { message: 'first here', at: first };
      this.#problems.add(includeTwice(path, at, related));
      return null;
    }
    this.#read.set(realPath, at);
    return realPath;
  }

  #reportOutside(path: string, at: Span): void {
    const shown = relative('.', this.#project) || '.';
    this.#problems.add(includeOutside(path, shown, at));
  }
}

const isInside = (path: string, folder: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/**
 * Reads the file of the command line and, breadth first, all that it includes.
 *
 * @returns the files that could be read, the one of the command line first; empty where that one could not.
 */
export function readFiles(
  path: string,
  budget: SourceBudget,
  problems: Problems,
): readonly PipelineFile[] {
  const reader = new FileReader(path, budget, problems);
  const main = reader.read({ path, at: null });
  if (main === null) return [];
  const files = [main];
  const queue = requestsOf(main);
  let included = 0;
  for (const request of queue) {
    included += 1;
    if (included > LIMITS.includedFiles && request.at !== null) {
      problems.add(includeTooMany(LIMITS.includedFiles, request.at));
      break;
    }
    const file = reader.read(request);
    if (reader.isExhausted) break;
    if (file === null) continue;
    files.push(file);
    for (const next of requestsOf(file)) queue.push(next);
  }
  return files;
}

const requestsOf = ({ file, includes }: PipelineFile): Request[] =>
  includes
    // What is wrong with `${` in it is said already.
    .filter(({ text }) => !text.includes('${'))
    .map((include) => ({
      path: pathOf(include, file.path),
      at: include.alias ?? include.at,
    }));

/** A path that is written in a file, as seen from where the file's own path is meant. */
const pathOf = (include: ScalarValue, file: string): string =>
  isAbsolute(include.text) ? include.text : join(dirname(file), include.text);
