declare const digestBrand: unique symbol;

/** SHA-256 as 64 lower-case hexadecimal digits. Cut when printed, never when stored. */
export type Digest = string & { readonly [digestBrand]: true };

/** A digest as people read it: the first twelve digits. */
export const shortDigest = (digest: Digest): string => digest.slice(0, 12);
