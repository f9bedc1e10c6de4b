import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

export interface Fqdn {
  readonly hostname: string;
  /** Empty where the sender gave none. */
  readonly domain: string;
}

/** FQDN (draft-walton-bgp-hostname-capability): two names, each behind its length. Bytes that are no UTF-8 are malformed. */
export const fqdn: CapabilityCodec<Fqdn> = {
  decode(bytes, start, end) {
    const hostEnd = start + 1 + (start < end ? bytes[start] : 0);
    if (hostEnd >= end) return malformed('the host name runs past the capability');
    if (hostEnd + 1 + bytes[hostEnd] !== end)
      return malformed('the domain name does not end where the capability does');
    try {
      const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      const hostname = utf8.decode(bytes.subarray(start + 1, hostEnd));
      return ok({ hostname, domain: utf8.decode(bytes.subarray(hostEnd + 1, end)) });
    } catch {
      return malformed('a name is not UTF-8');
    }
  },
  encode({ hostname, domain }) {
    const utf8 = new TextEncoder();
    const host = utf8.encode(hostname);
    const rest = utf8.encode(domain);
    checkUint('octets of host and domain name', host.length + rest.length, 253);
    return Uint8Array.of(host.length, ...host, rest.length, ...rest);
  },
};
