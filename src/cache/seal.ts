import { hash } from 'node:crypto';
import type { Found } from './store.ts';

const SEAL_LENGTH = 32;

/** What `seal` puts before bytes. */
export const sealOf = (bytes: Uint8Array): Buffer =>
  hash('sha256', bytes, 'buffer');

/** Puts the SHA-256 of `bytes` before them: a small value has no address that would give a flipped bit away. */
export const seal = (bytes: Uint8Array): Buffer =>
  Buffer.concat([sealOf(bytes), bytes]);

/** The bytes behind a seal, copied; `damaged` where the seal does not fit them. */
export const unseal = (sealed: Uint8Array): Found<Uint8Array> =>
  // A copy, which `slice` of a Buffer isn't: what a database hands out is overwritten by the next read.
  unsealInPlace(new Uint8Array(sealed));

/** The same without a copy. */
export function unsealInPlace(sealed: Uint8Array): Found<Uint8Array> {
  const bytes = sealed.subarray(SEAL_LENGTH);
  return sealed.length >= SEAL_LENGTH &&
    sealOf(bytes).equals(sealed.subarray(0, SEAL_LENGTH))
    ? { state: 'present', value: bytes }
    : { state: 'damaged', why: 'its checksum does not fit' };
}
