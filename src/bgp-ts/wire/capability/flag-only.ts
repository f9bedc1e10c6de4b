import { EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { CapabilityCodec } from './codec.ts';

/**
 * Capabilities that say all by being there (RFC 2918 §2, RFC 7313 §3.1, RFC 8654 §3): the value is always true. Their
 * length is zero; octets that are there nevertheless are passed over, since no session is worth losing for them.
 */
export const flagOnly: CapabilityCodec<true> = {
  decode() {
    return ok(true);
  },
  encode(value) {
    if (value !== true) throw new EncodeError('a capability without value is present or left out');
    return new Uint8Array(0);
  },
};
