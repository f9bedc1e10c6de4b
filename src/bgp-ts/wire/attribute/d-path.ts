import { concat, readU16, readU32, u16, u32 } from '../bytes.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed } from './malformed.ts';

/** A domain: global administrator of four octets and local one of two, in decimal, `65000:1`. */
export type DomainId = `${number}:${number}`;

/** The domain that `text` names; undefined when it names none. */
export function parseDomainId(text: string): DomainId | undefined {
  const [, global, local] = /^(\d{1,10}):(\d{1,5})$/.exec(text) ?? [];
  const [a, b] = [Number(global), Number(local)];
  return a <= 0xffffffff && b <= 0xffff ? `${a}:${b}` : undefined;
}

/** One domain that a route has passed through. */
export interface PathDomain {
  /** The identifier that its gateways share, `65000:1`. */
  readonly domain: DomainId;
  /** Family by which the route came out of the domain: 0 local, 1 IP, 70 EVPN, 128 IP VPN. */
  readonly isfSafi: number;
}

const DOMAIN_LENGTH = 7;

/**
 * D-PATH (RFC 10039 §4): segments of domains, the last gateway's first. A segment's length counts domains; a gateway begins
 * another segment where one has 255. Malformed is a segment that is empty or does not fit, and a path without one.
 */
export const dPath: AttributeCodec<readonly (readonly PathDomain[])[]> = {
  decode(bytes, start, end) {
    const segments: PathDomain[][] = [];
    for (let at = start; at < end; ) {
      const next = at + 1 + bytes[at] * DOMAIN_LENGTH;
      if (bytes[at] === 0) return malformed('d-path-segment-empty', at, 'a segment holds no domain');
      if (next > end) return malformed('d-path-segment-overrun', at, 'a segment runs past the attribute');
      const domains: PathDomain[] = [];
      for (let i = at + 1; i < next; i += DOMAIN_LENGTH) {
        domains.push({ domain: `${readU32(bytes, i)}:${readU16(bytes, i + 4)}`, isfSafi: bytes[i + 6] });
      }
      segments.push(domains);
      at = next;
    }
    return ok(segments);
  },
  encode(segments) {
    if (segments.length === 0) throw new EncodeError('a D-PATH without a segment has no encoding');
    return concat(segments.map(encodeSegment));
  },
};

function encodeSegment(domains: readonly PathDomain[]): Uint8Array {
  if (domains.length === 0) throw new EncodeError('a D-PATH segment without a domain has no encoding');
  const octets = new Uint8Array(1 + domains.length * DOMAIN_LENGTH);
  octets[0] = checkUint('domains of a segment', domains.length, 255);
  for (const [i, domain] of domains.entries()) octets.set(encodeDomain(domain), 1 + i * DOMAIN_LENGTH);
  return octets;
}

function encodeDomain({ domain, isfSafi }: PathDomain): number[] {
  const [global, local] = domain.split(':').map(Number);
  return [
    ...u32(checkUint('global administrator', global, 0xffffffff)),
    ...u16(checkUint('local administrator', local, 0xffff)),
    checkUint('ISF SAFI', isfSafi, 255),
  ];
}
