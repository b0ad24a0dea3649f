import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InstallError, saysDiskIsFull, diskIsFull } from './install-error.ts';
import { readTarball } from './read-tarball.ts';
import { lastLines, runTool } from './run-tool.ts';

/** A package of npm's registry whose bytes are known beforehand. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** As lock files write it: `sha512-` and the digest in base64. */
  readonly integrity: string;
  /** Where it comes to lie, in the package folder. */
  readonly folder: string;
}

/**
 * What a native backend consists of beside libtensorflow: the package with the kernels and the sources of the binding, the
 * same for processors and GPUs, and the one package that the kernels need. Fetched without running any install script.
 */
export const PACKAGES: readonly PinnedPackage[] = [
  {
    name: '@tensorflow/tfjs-node',
    version: '4.22.0',
    integrity:
      'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
    folder: '.',
  },
  {
    name: 'google-protobuf',
    version: '3.21.4',
    integrity:
      'sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==',
    folder: 'node_modules/google-protobuf',
  },
];

/** Names under which the kernels ask for TensorFlow.js; `registerNative` puts this program's copy there. */
const LENT = ['@tensorflow/tfjs', '@tensorflow/tfjs-core'];

const LENT_CODE = `'use strict';
// The program that opens this backend puts its own copy of TensorFlow.js here: there must be only one in a process.
`;

/** Where and how packages are fetched. */
export interface FetchPackagesOptions {
  readonly packages: readonly PinnedPackage[];
  /** Where the package comes to lie. */
  readonly packageFolder: string;
  /** An empty folder for what is thrown away afterwards. */
  readonly scratch: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * Fetches the packages by npm, from its own registry or its own cache, checks them and lays them out as one package that is
 * complete but for libtensorflow and the binding.
 *
 * @throws {InstallError} if npm can't, or brings other bytes than those expected.
 */
export async function fetchPackages(
  options: FetchPackagesOptions,
): Promise<void> {
  const { packages, packageFolder, scratch, environment, signal } = options;
  const specifiers = packages.map(({ name, version }) => `${name}@${version}`);
  await mkdir(scratch, { recursive: true });
  const ended = await runTool({
    command: [
      ...(['npm', 'pack'] as const),
      ...['--loglevel=error', '--ignore-scripts', '--prefer-offline'],
      ...['--fetch-retries=1', '--pack-destination', scratch, ...specifiers],
    ],
    environment,
    signal,
  });
  if (ended === undefined) {
    throw new InstallError(
      `npm is needed to fetch ${specifiers.join(' and ')}, and it is not on the PATH. It comes with Node: add its folder to the PATH.`,
    );
  }
  if (ended.code !== 0) {
    if (saysDiskIsFull(ended.output)) throw diskIsFull(scratch, 10e6);
    throw new InstallError(
      `npm could not fetch ${specifiers.join(' and ')}. Connect to npm's registry (npm ping tells whether it is reached), and try again.\n${whatNpmSaid(ended.output)}`,
    );
  }
  for (const package_ of packages)
    await unpack(package_, scratch, packageFolder);
  for (const name of LENT) {
    const folder = join(packageFolder, 'node_modules', name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'index.js'), LENT_CODE);
  }
}

/** Address and cause, out of npm's lines: the one that tells of a request or an answer, else its last ones. */
const whatNpmSaid = (output: string): string =>
  /^npm (?:error|ERR!) ((?:\w*Error: |\d{3} ).*)$/m.exec(output)?.[1] ??
  lastLines(output);

async function unpack(
  { name, version, integrity, folder }: PinnedPackage,
  scratch: string,
  packageFolder: string,
): Promise<void> {
  const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
  const packed = await readFile(join(scratch, file));
  const found = `sha512-${createHash('sha512').update(packed).digest('base64')}`;
  if (found !== integrity) {
    throw new InstallError(
      `npm brought other bytes for ${name}@${version} than those this program knows: ${found} instead of ${integrity}. Nothing of them was used. Check which registry npm uses (npm config get registry).`,
    );
  }
  for (const [path, bytes] of readTarball(packed)) {
    // A package's files lie below one folder, whatever its name.
    const target = join(packageFolder, folder, path.replace(/^[^/]+\//, ''));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
  }
}
