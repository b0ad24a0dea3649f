import { arch, cpus, platform, release } from 'node:os';

/** Facts of the machine that ran a node. Recorded with the run, shown by `explain`, never in the key. */
export interface Environment {
  readonly node: string;
  /** `linux x64 6.1.0`. */
  readonly platform: string;
  readonly processor: string;
  /** Name and facts of the backend, where the node opened one. */
  readonly backend: Readonly<Record<string, string>>;
}

/** The machine of this process. */
export const describeEnvironment = (
  backend: Readonly<Record<string, string>> = {},
): Environment => ({
  node: process.versions.node,
  platform: `${platform()} ${arch()} ${release()}`,
  processor: processorModel(),
  backend,
});

/** Reading the processors takes milliseconds, and a worker asks for each node. */
let model: string | undefined;
const processorModel = (): string =>
  (model ??= cpus()[0]?.model.trim() ?? 'unknown');

/** The time of day, for records: ISO 8601, UTC. */
export const timeOfDay = (): string => new Date().toISOString();

/** The variables of this process, for its children. */
export const environmentVariables = (): NodeJS.ProcessEnv => process.env;
