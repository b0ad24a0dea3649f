/** That a backend has nothing on this machine to compute on; the message says what to do. */
export class NoDeviceError extends Error {}
