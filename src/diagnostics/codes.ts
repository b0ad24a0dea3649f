/** All codes, sorted, never reused. Each has a sample in `test/samples/` that produces it. */
export const DIAGNOSTIC_CODES = ['KIND_UNKNOWN'] as const;
export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number];
