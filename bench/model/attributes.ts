/** Path attributes as clients send them, and as a reflector must pass them on (RFC 4456 §8). */
import { addressOctets, asn, clusterId, identifier } from './addresses.ts';
import { hexOf, u16, u32 } from './octets.ts';
import type { ClientIndex } from './population.ts';
import { vniOf } from './routes.ts';

const Flag = { optional: 0x80, transitive: 0x40, extendedLength: 0x10 } as const;
const Code = {
  origin: 1,
  asPath: 2,
  multiExitDisc: 4,
  localPref: 5,
  originatorId: 9,
  clusterList: 10,
  reach: 14,
  unreach: 15,
  extendedCommunities: 16,
} as const;
export const { reach: REACH, unreach: UNREACH } = Code;
/** AFI and SAFI. */
export const EVPN: readonly number[] = [0, 25, 70];
export const RT_CONSTRAIN: readonly number[] = [0, 1, 132];
const COMMUNITY = 8;

export interface Attribute {
  readonly flags: number;
  readonly code: number;
  readonly value: Iterable<number> & { readonly length: number };
}

/** What the attributes of a route depend on. */
export interface Origin {
  readonly client: ClientIndex;
  readonly network: number;
  /** Of the MAC mobility community (RFC 7432 §7.7); 0 for none. */
  readonly sequence: number;
}

export const routeTarget = (network: number): readonly number[] => [0, 2, ...u16(asn), ...u32(vniOf(network))];
const vxlan = [3, 0x0c, 0, 0, 0, 0, 0, 8];
const mobility = (sequence: number) => [6, 0, 0, 0, ...u32(sequence)];

/** All but MP_REACH_NLRI, in the order of their codes. */
export function announcedAttributes({ network, sequence }: Origin): readonly Attribute[] {
  const communities = [...routeTarget(network), ...vxlan, ...(sequence === 0 ? [] : mobility(sequence))];
  return [
    { flags: Flag.transitive, code: Code.origin, value: [0] },
    { flags: Flag.transitive, code: Code.asPath, value: [] },
    { flags: Flag.transitive, code: Code.localPref, value: u32(100) },
    { flags: Flag.optional | Flag.transitive, code: Code.extendedCommunities, value: communities },
  ];
}

/** The part of MP_REACH_NLRI before the routes. */
export const reachHead = (client: ClientIndex, ip: 4 | 6): readonly number[] => {
  const nextHop = addressOctets(client, ip);
  return [...EVPN, nextHop.length, ...nextHop, 0];
};

/** All, of MP_REACH_NLRI the head, as a client is sent them. */
export function reflectedAttributes(origin: Origin, ip: 4 | 6): readonly Attribute[] {
  return [
    ...announcedAttributes(origin),
    { flags: Flag.optional, code: Code.originatorId, value: identifier(origin.client) },
    { flags: Flag.optional, code: Code.clusterList, value: clusterId.split('.').map(Number) },
    { flags: Flag.optional, code: Code.reach, value: reachHead(origin.client, ip) },
  ];
}

export const isMedOfZero = ({ code, value }: Attribute): boolean =>
  code === Code.multiExitDisc && [...value].every((octet) => octet === 0);

/** An attribute of the wire, always with two octets of length where there may be many octets. */
export function attributeOctets({ flags, code, value }: Attribute): readonly number[] {
  return value.length > 255
    ? [flags | Flag.extendedLength, code, ...u16(value.length), ...value]
    : [flags, code, value.length, ...value];
}

/**
 * One text for all encodings of the same attributes: their order, that of communities, and how the length is written do
 * not matter.
 */
export function canonical(attributes: readonly Attribute[]): string {
  return [...attributes]
    .sort((a, b) => a.code - b.code)
    .map(({ flags, code, value }) => {
      const text = hexOf(value);
      const octets = code === Code.extendedCommunities ? sorted(text) : text;
      return `${code}/${(flags & ~Flag.extendedLength).toString(16)}=${octets}`;
    })
    .join(' ');
}

function sorted(communities: string): string {
  const width = 2 * COMMUNITY;
  const each = Array.from({ length: Math.ceil(communities.length / width) }, (_, i) =>
    communities.slice(i * width, (i + 1) * width),
  );
  return each.sort().join('');
}
