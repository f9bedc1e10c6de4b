/**
 * Thrown by encoders for a value that has no encoding: an address that is none, a number out of its field's range,
 * a message above its maximum. It marks a caller's mistake; bytes from a peer never lead here. The one error class
 * that this library throws of itself.
 */
export class EncodeError extends Error {
  /** Tells it from other errors, also across copies of this library. */
  override readonly name = 'EncodeError';
}

/** `value` when it is an integer in `0 … max`, else an {@link EncodeError} that names `field`. */
export function checkUint(field: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new EncodeError(`${field} is ${value}, outside 0 to ${max}`);
  }
  return value;
}
