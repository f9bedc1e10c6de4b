import { EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

/**
 * Capabilities that say all by being there: their length is zero (RFC 2918 §2, RFC 7313 §3.1, RFC 8654 §3).
 * The value is always true.
 */
export const flagOnly: CapabilityCodec<true> = {
  decode(_bytes, start, end) {
    return start === end ? ok(true) : malformed(`length ${end - start} instead of 0`);
  },
  encode(value) {
    if (value !== true) throw new EncodeError('a capability without value is present or left out');
    return new Uint8Array(0);
  },
};
