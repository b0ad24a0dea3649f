import type { NativeName } from './locate.ts';
import type { PinnedWheel } from './wheel-name.ts';

/** How a native backend comes onto one platform. */
export interface Recipe {
  readonly backend: NativeName;
  /** `linux-x64`: Node's names of system and processor. */
  readonly platform: string;
  /** Version of libtensorflow. */
  readonly version: string;
  /** The oldest glibc whose symbols the libraries ask for; on Linux only. */
  readonly glibc?: string;
  /** Size of the libraries on disk. */
  readonly installedBytes: number;
  /** What holds the libraries and their headers. */
  readonly wheel: PinnedWheel;
}

/**
 * Every wheel that is known to hold libtensorflow, the newest of a platform first. Wheels are made for a version of Python,
 * which plays no part here: its libraries are the same for each.
 *
 * The bytes are pinned because an index's own digest does not protect against a bad index.
 */
export const RECIPES: readonly Recipe[] = [
  {
    backend: 'tensorflow',
    platform: 'linux-x64',
    version: '2.21.0',
    glibc: '2.27',
    installedBytes: 853_000_000,
    wheel: {
      file: 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
      bytes: 273_829_956,
      sha256:
        '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    },
  },
  {
    backend: 'tensorflow',
    platform: 'linux-x64',
    version: '2.18.1',
    glibc: '2.17',
    installedBytes: 683_000_000,
    wheel: {
      file: 'tensorflow_cpu-2.18.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
      bytes: 230_236_181,
      sha256:
        '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298',
    },
  },
  {
    backend: 'tensorflow',
    platform: 'linux-arm64',
    version: '2.21.0',
    glibc: '2.27',
    installedBytes: 884_000_000,
    wheel: {
      file: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl',
      bytes: 281_828_020,
      sha256:
        '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    },
  },
  {
    backend: 'tensorflow',
    platform: 'linux-arm64',
    version: '2.18.1',
    glibc: '2.17',
    installedBytes: 767_000_000,
    wheel: {
      file: 'tensorflow-2.18.1-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl',
      bytes: 231_937_898,
      sha256:
        '8a6485edd2148f70d011dbd1d8dc2c775e91774a5a159466e83d0d1f21580944',
    },
  },
  {
    backend: 'tensorflow',
    platform: 'darwin-arm64',
    version: '2.21.0',
    installedBytes: 741_000_000,
    wheel: {
      file: 'tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl',
      bytes: 223_405_849,
      sha256:
        '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
    },
  },
  {
    backend: 'tensorflow',
    platform: 'darwin-x64',
    version: '2.16.2',
    installedBytes: 736_000_000,
    wheel: {
      file: 'tensorflow-2.16.2-cp311-cp311-macosx_10_15_x86_64.whl',
      bytes: 259_588_062,
      sha256:
        'ec06570d57bfa0e2be804405e3cdc2960e94887e7619ffb6bc053e9775b695aa',
    },
  },
  {
    backend: 'tensorflow-gpu',
    platform: 'linux-x64',
    version: '2.21.0',
    glibc: '2.27',
    installedBytes: 1_260_000_000,
    wheel: {
      file: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
      bytes: 572_440_367,
      sha256:
        '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
    },
  },
  {
    backend: 'tensorflow-gpu',
    platform: 'linux-x64',
    version: '2.18.1',
    glibc: '2.17',
    installedBytes: 1_252_000_000,
    wheel: {
      file: 'tensorflow-2.18.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
      bytes: 615_510_377,
      sha256:
        'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828',
    },
  },
];
