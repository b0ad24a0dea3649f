import type { FoundBackend } from './find-backends.ts';

/** Where a backend comes from, in words. */
export const SOURCE_TEXT: Readonly<
  Record<NonNullable<FoundBackend['source']>, string>
> = {
  'built-in': 'with the program',
  installed: 'installed here',
  npm: 'by npm',
};

const DEVICE_TEXT: Readonly<Record<string, string>> = {
  cpu: 'the processor',
  gpu: 'a GPU',
  software: 'a software GPU',
};

/** A device in words; what has none is named as it is. */
export const deviceText = (device: string): string =>
  DEVICE_TEXT[device] ?? device;
