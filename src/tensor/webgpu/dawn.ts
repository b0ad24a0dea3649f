import { errorMessage } from '../../util/error-message.ts';
import { NoDeviceError } from '../no-device-error.ts';

/** What we use of WebGPU's objects. The package `webgpu` may be absent, so its types can't be imported. */
export interface Adapter {
  readonly info: AdapterInfo;
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: {
    readonly requiredLimits: Readonly<Record<string, number>>;
  }): Promise<Device>;
}

/** Who made a GPU and which it is; each may be empty. */
export interface AdapterInfo {
  /** `nvidia`, `amd`, `intel`, `apple`, `google`, `mesa`. */
  readonly vendor: string;
  /** Family of GPUs. */
  readonly architecture: string;
  /** Name of the GPU. */
  readonly device: string;
  /** The driver and its version. */
  readonly description: string;
  /** Whether the processor stands in for a GPU. */
  readonly isFallbackAdapter: boolean;
}

/** A GPU that is open. */
export interface Device {
  readonly lost: Promise<{ readonly message: string }>;
  addEventListener(
    type: 'uncapturederror',
    listener: (event: {
      readonly error: { readonly message: string };
      preventDefault(): void;
    }) => void,
  ): void;
}

/** WebGPU as browsers have it at `navigator.gpu`. */
interface Gpu {
  requestAdapter(options: {
    readonly powerPreference: 'high-performance';
  }): Promise<Adapter | null>;
}

interface Dawn {
  readonly create: (options: readonly string[]) => Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Not a literal in the import: the program is built where the package is missing too. */
const PACKAGE: string = 'webgpu';

/**
 * Puts WebGPU where TensorFlow.js looks for it, as in a browser: the constructors among the globals, the rest at
 * `navigator.gpu`.
 *
 * @returns the fastest GPU of this machine; one that the processor stands in for only where there is no other.
 * @throws {NoDeviceError} if there is none.
 * @throws Error if the package is missing or does not load. The message says what to do.
 */
export async function findAdapter(): Promise<Adapter> {
  const { create, globals } = await loadDawn();
  const gpu = create([]);
  Object.assign(globalThis, globals);
  const { navigator = {} } = globalThis as { navigator?: object };
  // Node has had a navigator since version 21.
  Object.defineProperty(globalThis, 'navigator', {
    value: navigator,
    configurable: true,
  });
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  const adapter = await gpu.requestAdapter({
    powerPreference: 'high-performance',
  });
  if (adapter === null) throw new NoDeviceError(NO_ADAPTER);
  return adapter;
}

async function loadDawn(): Promise<Dawn> {
  try {
    return (await import(PACKAGE)) as Dawn;
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw new Error(
      code === 'ERR_MODULE_NOT_FOUND'
        ? 'The package "webgpu" is not installed: "npm ci --include=optional" installs it.'
        : `The package "webgpu" does not load on this machine; it is made for Windows, macOS and Linux with glibc, on x64 and arm64. ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

const NO_ADAPTER =
  process.platform === 'linux'
    ? 'WebGPU finds no GPU on this machine: there is no driver for Vulkan. Install that of your GPU and the Vulkan loader; on Debian and Ubuntu "apt install libvulkan1 mesa-vulkan-drivers" has both for most GPUs, and a software device.'
    : 'WebGPU finds no GPU on this machine. Install the current driver of your GPU.';
