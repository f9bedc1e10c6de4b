/**
 * IPv6 address specific extended communities (RFC 5701 §2): twenty octets, kept whole in hexadecimal, with a view for
 * the kinds that are known.
 */
import { fromHex, readU16, toHex, u16 } from '../bytes.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import { formatIpv6, parseIpv6 } from '../ip.ts';

/** Octets of an IPv6 address specific extended community. */
export const IPV6_EXTENDED_COMMUNITY_LENGTH = 20;

/** Twenty octets as 40 lower-case hexadecimal digits. */
export type Ipv6ExtendedCommunity = string;

export type Ipv6ExtendedCommunityView =
  | {
      readonly kind: 'route-target' | 'route-origin';
      readonly transitive: boolean;
      readonly address: string;
      /** Two octets. */
      readonly local: number;
    }
  | { readonly kind: 'opaque'; readonly type: number; readonly subtype: number; readonly value: string };

const NON_TRANSITIVE = 0x40;
const SUBTYPE = { 'route-target': 2, 'route-origin': 3 } as const;

/** Reads the twenty octets at `at`, which the caller knows to be there. */
export function decodeIpv6ExtendedCommunity(bytes: Uint8Array, at = 0): Ipv6ExtendedCommunity {
  return toHex(bytes, at, at + IPV6_EXTENDED_COMMUNITY_LENGTH);
}

/** Twenty octets. Throws an EncodeError for anything else. */
export function encodeIpv6ExtendedCommunity(community: Ipv6ExtendedCommunity): Uint8Array {
  const bytes = fromHex(community);
  if (bytes?.length !== IPV6_EXTENDED_COMMUNITY_LENGTH) {
    throw new EncodeError(`${JSON.stringify(community)} is no IPv6 address specific extended community`);
  }
  return bytes;
}

/** Takes a community apart (RFC 5701 §2 and §3). */
export function describeIpv6ExtendedCommunity(community: Ipv6ExtendedCommunity): Ipv6ExtendedCommunityView {
  const bytes = encodeIpv6ExtendedCommunity(community);
  const [type, subtype] = bytes;
  if ((type & ~NON_TRANSITIVE) !== 0 || (subtype !== 2 && subtype !== 3)) {
    return { kind: 'opaque', type, subtype, value: toHex(bytes, 2) };
  }
  return {
    kind: subtype === SUBTYPE['route-target'] ? 'route-target' : 'route-origin',
    transitive: (type & NON_TRANSITIVE) === 0,
    address: formatIpv6(bytes, 2),
    local: readU16(bytes, 18),
  };
}

/** The community for a view. Throws an EncodeError for a value outside its field. */
export function ipv6ExtendedCommunity(view: Ipv6ExtendedCommunityView): Ipv6ExtendedCommunity {
  if (view.kind === 'opaque') {
    const value = fromHex(view.value);
    if (value?.length !== 18) throw new EncodeError(`${JSON.stringify(view.value)} is not 18 octets`);
    return toHex(Uint8Array.of(checkUint('type', view.type, 255), checkUint('subtype', view.subtype, 255), ...value));
  }
  const address = parseIpv6(view.address);
  if (address === undefined) throw new EncodeError(`${JSON.stringify(view.address)} is no IPv6 address`);
  const local = u16(checkUint('local administrator', view.local, 0xffff));
  return toHex(Uint8Array.of(view.transitive ? 0 : NON_TRANSITIVE, SUBTYPE[view.kind], ...address, ...local));
}

/** `RT:[2001:db8::1]:10`, `SoO:[2001:db8::1]:10`; others as `0x` and their octets. */
export function formatIpv6ExtendedCommunity(community: Ipv6ExtendedCommunity): string {
  const view = describeIpv6ExtendedCommunity(community);
  if (view.kind === 'opaque') return `0x${community}`;
  return `${view.kind === 'route-target' ? 'RT' : 'SoO'}:[${view.address}]:${view.local}`;
}
