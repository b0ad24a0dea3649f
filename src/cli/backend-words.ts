import type { FoundBackend } from './find-backends.ts';

/** Where a backend comes from, in words. */
export const SOURCE_TEXT: Readonly<
  Record<NonNullable<FoundBackend['source']>, string>
> = {
  'built-in': 'with the program',
  installed: 'installed here',
  npm: 'by npm',
};

/** `cpu` and `gpu` in words; other devices are named as they are. */
export const deviceText = (device: string): string =>
  device === 'cpu' ? 'the processor' : device === 'gpu' ? 'a GPU' : device;
