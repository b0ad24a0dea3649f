/** A file of arrays can't be used. The message names the file, and the array where it is one of several. */
export class ArrayFileError extends Error {
  override readonly name = 'ArrayFileError';
}
