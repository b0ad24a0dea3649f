/**
 * How much is read. Each limit has its own diagnostic, and each is checked before the work or the memory that it bounds
 * is spent: whatever the file, an answer comes within ten seconds and a gibibyte.
 */
export const LIMITS = {
  /** Bytes of one file. */
  fileBytes: 1024 * 1024,
  /** Bytes of all files of a pipeline. */
  totalBytes: 4 * 1024 * 1024,
  /** Lexical tokens of all files of a pipeline: what parsing costs grows with them. */
  tokens: 1_000_000,
  /** Lists and mappings inside each other. */
  levels: 64,
  /** Keys of one mapping. */
  keys: 10_000,
  /** Entries of one list. */
  entries: 100_000,
  /** Aliases in one file. */
  aliases: 100,
  /** Values in all, counting what an alias repeats every time. */
  values: 1_000_000,
  /** Files that a pipeline includes, those included by others too. */
  includedFiles: 256,
  /** Characters of a name of a family, an axis, a bound name or an axis value. */
  nameLength: 100,
  /** Axes that one family binds. */
  bindings: 32,
  /** Members of all families. */
  nodes: 200_000,
  /** Combinations of axis values that are looked at where `exclude` leaves members out. */
  combinations: 2_000_000,
  /** Characters of the names of all nodes. */
  nameCharacters: 50_000_000,
  /** Parameter values in all distinct parameters of all nodes. */
  parameterValues: 10_000_000,
  /** Inputs of all nodes. */
  inputs: 2_000_000,
} as const;
