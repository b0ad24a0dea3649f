/** Options of every command that reads a pipeline file. */
export interface FileOptions {
  readonly profile?: readonly string[];
  readonly set?: readonly string[];
  readonly cache?: string;
  readonly json?: boolean;
}

/** Options of `pipeline run`. */
export interface RunOptions extends FileOptions {
  readonly only?: readonly string[];
  readonly backend: string;
  readonly fma?: boolean;
  /** Processors at a time. */
  readonly jobs?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly checkpointEvery?: number;
  /** Bytes. */
  readonly maxCacheSize?: number;
  readonly failFast?: boolean;
  readonly strictClaims?: boolean;
  readonly debug?: boolean;
}

/** Options of `pipeline claims`. */
export interface ClaimsOptions extends FileOptions {
  readonly strictClaims?: boolean;
}

/** Options of `pipeline lint`. */
export interface LintCommandOptions extends FileOptions {
  readonly strict?: boolean;
}

/** Options of `pipeline plan`. */
export interface PlanOptions extends FileOptions {
  readonly only?: readonly string[];
  readonly expanded?: boolean;
}

/** How `show --out` writes arrays. */
export const ARRAY_FORMATS = ['npy', 'safetensors'] as const;
export type ArrayFormat = (typeof ARRAY_FORMATS)[number];

/** Options of `pipeline show`. */
export interface ShowOptions extends FileOptions {
  readonly out?: string;
  readonly format: ArrayFormat;
}

/** Options of every `pipeline cache` command. */
export interface CacheOptions {
  readonly cache?: string;
  readonly json?: boolean;
}

/** Options of `pipeline cache prune`. */
export interface PruneCommandOptions extends CacheOptions {
  /** Milliseconds. */
  readonly olderThan?: number;
  /** Bytes. */
  readonly maxSize?: number;
  /** Milliseconds. */
  readonly runsOlderThan?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Options of `pipeline backend install`. */
export interface BackendInstallOptions {
  readonly gpu?: boolean;
  readonly version?: string;
  readonly from?: string;
  readonly json?: boolean;
}
