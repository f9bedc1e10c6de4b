import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

/**
 * Software Version (draft-abraitis-bgp-version-capability §3): a length octet and so many octets of UTF-8, read with
 * U+FFFD for what is none. Octets behind them are passed over.
 */
export const softwareVersion: CapabilityCodec<string> = {
  decode(bytes, start, end) {
    if (start === end) return malformed('the length octet is missing');
    const stop = start + 1 + bytes[start];
    if (stop > end) return malformed('the version runs past the capability');
    return ok(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start + 1, stop)));
  },
  encode(version) {
    const octets = new TextEncoder().encode(version);
    return Uint8Array.of(checkUint('octets of software version', octets.length, 254), ...octets);
  },
};
