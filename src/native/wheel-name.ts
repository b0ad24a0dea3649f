/** A file of a package index whose bytes are known beforehand. */
export interface PinnedWheel {
  /** Its name, which says project, version and platform. */
  readonly file: string;
  readonly bytes: number;
  /** 64 lower-case hexadecimal digits, taken from the file itself. */
  readonly sha256: string;
}

/** What the name of a wheel says (PEP 427). */
export interface WheelName {
  /** As package indexes write it: `tensorflow-cpu`. */
  readonly project: string;
  readonly version: string;
  /** `cp311`, `py3`. */
  readonly python: string;
  /** `cp311`, `none`. */
  readonly abi: string;
  readonly platforms: readonly string[];
}

/** Reads the name of a wheel; undefined where it is none. */
export function parseWheelName(file: string): WheelName | undefined {
  const [, project, version, python, abi, platforms] =
    /^([^-]+)-([^-]+)(?:-\d[^-]*)?-([^-]+)-([^-]+)-([^-]+)\.whl$/.exec(file) ??
    [];
  if (
    project === undefined ||
    version === undefined ||
    python === undefined ||
    abi === undefined ||
    platforms === undefined
  ) {
    return undefined;
  }
  return {
    project: project.toLowerCase().replaceAll(/[-_.]+/g, '-'),
    version,
    python,
    abi,
    platforms: platforms.split('.'),
  };
}
