import { readU32, u32 } from '../bytes.ts';
import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

/** Support for four-octet AS numbers (RFC 6793 §3): the value is the speaker's own AS number. */
export const fourOctetAs: CapabilityCodec<number> = {
  decode(bytes, start, end) {
    if (end - start !== 4) return malformed(`length ${end - start} instead of 4`);
    return ok(readU32(bytes, start));
  },
  encode(asn) {
    return Uint8Array.from(u32(checkUint('AS number', asn, 0xffffffff)));
  },
};
