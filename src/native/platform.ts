import { existsSync } from 'node:fs';

/** What decides which wheel runs on a machine. */
export interface Platform {
  /** `linux-x64`: Node's names of system and processor. */
  readonly name: string;
  /** The C library: glibc with its version, another one (musl), or none where the system is not Linux. */
  readonly libc:
    | { readonly type: 'glibc'; readonly version: string }
    | { readonly type: 'other' }
    | { readonly type: 'none' };
  /** Whether there is a driver for NVIDIA's cards. */
  readonly hasNvidiaDriver: boolean;
}

/** Where the driver of NVIDIA's cards shows: the kernel's module, the devices, the one inside Windows. */
const DRIVER_SIGNS = [
  '/proc/driver/nvidia/version',
  '/dev/nvidia0',
  '/dev/dxg',
];

/** This machine. */
export function thisPlatform(): Platform {
  return {
    name: `${process.platform}-${process.arch}`,
    libc: thisLibc(),
    hasNvidiaDriver: DRIVER_SIGNS.some(existsSync),
  };
}

function thisLibc(): Platform['libc'] {
  if (process.platform !== 'linux') return { type: 'none' };
  const { header } = process.report.getReport() as {
    readonly header: { readonly glibcVersionRuntime?: string };
  };
  const version = header.glibcVersionRuntime;
  return version === undefined ? { type: 'other' } : { type: 'glibc', version };
}

/** Whether a version of dotted numbers is at least another. */
export function isAtLeast(version: string, other: string): boolean {
  const [left, right] = [version, other].map((text) =>
    text.split('.').map(Number),
  );
  for (const [index, number] of (right ?? []).entries()) {
    const own = left?.[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}
