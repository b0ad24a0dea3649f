/** What the process says to the shell at its end (design, section 9). */
export const EXIT = {
  done: 0,
  failed: 1,
  invalid: 2,
  interrupted: 130,
  terminated: 143,
} as const;
