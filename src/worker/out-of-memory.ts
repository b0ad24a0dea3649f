/** How libraries and runtimes word that there is no more memory. */
const WORDS =
  /out of memory|memory\.grow|enlarge memory|allocation failed|aborted\(oom\)|failed to allocate|could not allocate|\boom when|reached heap limit/i;

/** Whether a message is about memory that ran out. */
export const isOutOfMemory = (message: string): boolean => WORDS.test(message);

/** What to do where it did. */
export const OUT_OF_MEMORY_HELP =
  'A smaller batch needs less; "memory" among the resources of the node keeps others from running beside it.';
