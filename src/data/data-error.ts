/**
 * Thrown where data can't be made or read as asked: a file that is not what it should be, a split that asks for more
 * images than there are. The message is a sentence for the user. Whoever knows what a node is passes it on as a failure
 * of the node.
 */
export class DataError extends Error {
  override readonly name = 'DataError';
}
