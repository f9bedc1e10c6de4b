/**
 * UPDATEs that are wrong, one a row: what is wrong, where that is said, and what it must cost (RFC 7606 §2). Each
 * carries one good route, the victim, so that what became of it can be seen.
 */
import { hex, u16, u32, unhex } from '../support/bytes.ts';
import { message, Type } from '../support/messages.ts';

/** Whose session it is sent on. */
export type Attacker = 'client' | 'two-octet' | 'external';

export type Cost =
  /** The victim is gone, the session stays. */
  | { readonly kind: 'treat-as-withdraw' }
  /** The victim arrives; of attribute `code` it has `value` (hexadecimal), or nothing. */
  | { readonly kind: 'attribute-discard'; readonly code: number; readonly value?: string }
  /** NOTIFICATION `code`, `subcode` and then whatever data; the session is over. */
  | { readonly kind: 'session-reset'; readonly code: number; readonly subcode: number; readonly data?: string };

export interface Malformed {
  readonly name: string;
  readonly section: string;
  readonly from: Attacker;
  readonly cost: Cost;
  readonly update: (victim: readonly number[]) => Uint8Array;
  /** Octets that nobody else may ever receive, in hexadecimal; empty when too short to be told from others. */
  readonly poison: string;
  /** Nothing in it is malformed: the attribute has no place in the session, and is passed over. */
  readonly isIgnored?: true;
}

const EVPN = [0, 25, 70];
const NEXT_HOP = [4, 10, 0, 0, 66, 0];
/** MULTI_EXIT_DISC by which the malformed UPDATE's route is told from the one before. */
export const MARK = '00000309';

/** An attribute's octets with a one-octet length that is true. */
const attribute = (flags: number, code: number, value: readonly number[]) =>
  value.length > 255 ? [flags | 0x10, code, ...u16(value.length), ...value] : [flags, code, value.length, ...value];
const reach = (...nlri: readonly (readonly number[])[]) => attribute(0x80, 14, [...EVPN, ...NEXT_HOP, ...nlri.flat()]);
const unreach = (...nlri: readonly (readonly number[])[]) => attribute(0x80, 15, [...EVPN, ...nlri.flat()]);

/** Octets of each attribute that a good UPDATE from here has, by type code. */
function good(victim: readonly number[], from: Attacker): Map<number, readonly number[]> {
  const path = { client: [], 'two-octet': [], external: [2, 1, ...u32(65001)] }[from];
  return new Map([
    [14, reach(victim)],
    [1, attribute(0x40, 1, [0])],
    [2, attribute(0x40, 2, path)],
    [4, attribute(0x80, 4, unhex(MARK))],
    ...(from === 'external' ? [] : ([[5, attribute(0x40, 5, u32(100))]] as const)),
    [16, attribute(0xc0, 16, [0, 2, ...u16(65000), ...u32(100)])],
  ]);
}

function update(attributes: readonly number[], { withdrawn = [] as number[], nlri = [] as number[] } = {}): Uint8Array {
  return message(Type.update, [
    ...u16(withdrawn.length),
    ...withdrawn,
    ...u16(attributes.length),
    ...attributes,
    ...nlri,
  ]);
}

const withdraw: Cost = { kind: 'treat-as-withdraw' };
const discard = (code: number, value?: string): Cost => ({
  kind: 'attribute-discard',
  code,
  ...(value !== undefined && { value }),
});
const reset = (code: number, subcode: number, data?: string): Cost => ({
  kind: 'session-reset',
  code,
  subcode,
  ...(data !== undefined && { data }),
});

/** A good UPDATE in which attribute `code` has these octets instead, or besides. */
function instead(
  section: string,
  name: string,
  cost: Cost,
  octets: readonly number[],
  from: Attacker = 'client',
): Malformed {
  const build = (victim: readonly number[]) => {
    const attributes = good(victim, from);
    attributes.set(octets[1], octets);
    return update([...attributes.values()].flat());
  };
  return { name, section, from, cost, update: build, poison: octets.length >= 8 ? hex(octets) : '' };
}

/** A good UPDATE that lacks attribute `code`. */
function without(section: string, name: string, cost: Cost, code: number): Malformed {
  const build = (victim: readonly number[]) => {
    const attributes = good(victim, 'client');
    attributes.delete(code);
    return update([...attributes.values()].flat());
  };
  return { name, section, from: 'client', cost, update: build, poison: '' };
}

/** A good attribute field with something behind it. */
function followed(section: string, name: string, cost: Cost, octets: readonly number[]): Malformed {
  const build = (victim: readonly number[]) => update([...[...good(victim, 'client').values()].flat(), ...octets]);
  return { name, section, from: 'client', cost, update: build, poison: octets.length >= 8 ? hex(octets) : '' };
}

/** An UPDATE made of the good attributes but for MP_REACH_NLRI, which is `make`'s. */
function reaching(
  section: string,
  name: string,
  cost: Cost,
  make: (victim: readonly number[]) => readonly number[],
  poison = '',
): Malformed {
  const build = (victim: readonly number[]) => {
    const attributes = good(victim, 'client');
    attributes.set(14, make(victim));
    return update([...attributes.values()].flat());
  };
  return { name, section, from: 'client', cost, update: build, poison };
}

/** A bad EVPN route beside the good one, which shares its fate (RFC 7606 §2, RFC 9136 §3). */
function beside(name: string, section: string, type: number, value: string): Malformed {
  const octets = unhex(value);
  const nlri = [type, octets.length, ...octets];
  return reaching(section, name, withdraw, (victim) => reach(nlri, victim), nlri.length >= 8 ? hex(nlri) : '');
}

/** A type-5 route beside the good one, and a Router's MAC that is wrong for it. */
function besideRouterMac(what: string, mac: string): Malformed {
  const octets = unhex(`${RD} ${ESI} 00000000 18 c0000200 00000000 000064`);
  const build = (victim: readonly number[]) => {
    const attributes = good(victim, 'client');
    attributes.set(14, reach([5, octets.length, ...octets], victim));
    attributes.set(16, attribute(0xc0, 16, [0, 2, ...u16(65000), ...u32(100), 6, 3, ...unhex(mac)]));
    return update([...attributes.values()].flat());
  };
  return whole('RFC 9136 §3.2', `type 5 beside a ${what} Router's MAC`, withdraw, build, `0603${mac}`);
}

/** The good route with another next hop. */
function hopping(name: string, hop: readonly number[]): Malformed {
  return reaching('RFC 4271 §6.3', `next hop ${name}`, withdraw, (victim) =>
    attribute(0x80, 14, [...EVPN, hop.length, ...hop, 0, ...victim]),
  );
}

function whole(
  section: string,
  name: string,
  cost: Cost,
  build: (victim: readonly number[]) => Uint8Array,
  poison = '',
): Malformed {
  return { name, section, from: 'client', cost, update: build, poison };
}

const field = (victim: readonly number[]) => [...good(victim, 'client').values()].flat();
/** An RD that no other route has. */
const RD = '0001 0bad0bad 0bad';
const ESI = '00000000000000000000';
const SOME_ESI = '000badbadbadbadbad01';

export const malformed: readonly Malformed[] = [
  // ORIGIN
  instead('RFC 7606 §4', 'ORIGIN of length zero', withdraw, [0x40, 1, 0]),
  instead('RFC 7606 §7.1', 'ORIGIN of two octets', withdraw, [0x40, 1, 2, 0, 0]),
  instead('RFC 7606 §7.1', 'ORIGIN 3', withdraw, [0x40, 1, 1, 3]),
  instead('RFC 7606 §7.1', 'ORIGIN 255', withdraw, [0x40, 1, 1, 255]),
  instead('RFC 7606 §3 c', 'ORIGIN that claims to be optional', withdraw, [0xc0, 1, 1, 0]),
  instead('RFC 7606 §3 c', 'ORIGIN that claims to be non-transitive', withdraw, [0x00, 1, 1, 0]),
  without('RFC 7606 §3 d', 'no ORIGIN', withdraw, 1),
  followed('RFC 7606 §3 g', 'ORIGIN again, with another value', discard(1, '00'), [0x40, 1, 1, 2]),
  // AS_PATH
  instead('RFC 7606 §7.2', 'AS_PATH with a segment of type 5', withdraw, [0x40, 2, 6, 5, 1, 0xba, 0xdb, 0xad, 1]),
  instead('RFC 7606 §7.2', 'AS_PATH with a segment of type 0', withdraw, [0x40, 2, 6, 0, 1, 0xba, 0xdb, 0xad, 2]),
  instead('RFC 7606 §7.2', 'AS_PATH with a segment that is cut', withdraw, [0x40, 2, 6, 2, 2, 0xba, 0xdb, 0xad, 3]),
  instead('RFC 7606 §7.2', 'AS_PATH with one octet left over', withdraw, [0x40, 2, 7, 2, 1, 0xba, 0xdb, 0xad, 4, 2]),
  instead('RFC 7606 §7.2', 'AS_PATH with an empty segment', withdraw, [0x40, 2, 8, 2, 1, 0xba, 0xdb, 0xad, 5, 2, 0]),
  instead('RFC 7607 §2', 'AS_PATH with AS number 0', withdraw, [0x40, 2, 6, 2, 1, 0, 0, 0, 0]),
  instead('RFC 7606 §3 c', 'AS_PATH that claims to be optional', withdraw, [0xc0, 2, 0]),
  without('RFC 7606 §3 d', 'no AS_PATH', withdraw, 2),
  instead(
    'RFC 7606 §7.2',
    'AS_PATH of one and a half AS numbers',
    withdraw,
    [0x40, 2, 5, 2, 1, 0xba, 0xdb, 0xad],
    'two-octet',
  ),
  // NEXT_HOP, which matters by its length alone beside MP_REACH_NLRI
  instead('RFC 7606 §7.3', 'NEXT_HOP of three octets', withdraw, [0x40, 3, 3, 10, 0, 0]),
  instead('RFC 7606 §7.3', 'NEXT_HOP of sixteen octets', withdraw, [0x40, 3, 16, ...unhex('0bad'.repeat(8))]),
  instead('RFC 7606 §3 c', 'NEXT_HOP that claims to be optional', withdraw, [0xc0, 3, 4, 10, 0, 0, 66]),
  // MULTI_EXIT_DISC
  instead('RFC 7606 §4', 'MULTI_EXIT_DISC of length zero', withdraw, [0x80, 4, 0]),
  instead('RFC 7606 §7.4', 'MULTI_EXIT_DISC of three octets', withdraw, [0x80, 4, 3, 0, 0, 1]),
  instead('RFC 7606 §7.4', 'MULTI_EXIT_DISC of five octets', withdraw, [0x80, 4, 5, 0xba, 0xdb, 0xad, 6, 0]),
  instead('RFC 7606 §3 c', 'MULTI_EXIT_DISC that claims to be well-known', withdraw, [0x40, 4, 4, 0xba, 0xdb, 0xad, 7]),
  // LOCAL_PREF
  instead('RFC 7606 §4', 'LOCAL_PREF of length zero', withdraw, [0x40, 5, 0]),
  instead('RFC 7606 §7.5', 'LOCAL_PREF of three octets', withdraw, [0x40, 5, 3, 0, 0, 1]),
  instead('RFC 7606 §7.5', 'LOCAL_PREF of five octets', withdraw, [0x40, 5, 5, 0xba, 0xdb, 0xad, 8, 0]),
  instead(
    'RFC 7606 §7.5',
    'LOCAL_PREF from outside',
    discard(5, '00000064'),
    [0x40, 5, 4, 0xba, 0xdb, 0xad, 9],
    'external',
  ),
  instead(
    'RFC 7606 §7.5',
    'LOCAL_PREF of three octets from outside',
    discard(5, '00000064'),
    [0x40, 5, 3, 1, 2, 3],
    'external',
  ),
  // ATOMIC_AGGREGATE, AGGREGATOR
  instead('RFC 7606 §7.6', 'ATOMIC_AGGREGATE of five octets', discard(6), [0x40, 6, 5, 0xba, 0xdb, 0xad, 10, 0]),
  instead('RFC 7606 §7.7', 'AGGREGATOR of six octets', discard(7), [0xc0, 7, 6, 0xba, 0xdb, 0xad, 11, 0, 0]),
  instead(
    'RFC 7606 §7.7',
    'AGGREGATOR of eight octets',
    discard(7),
    [0xc0, 7, 8, 0, 0, 1, 1, 0xba, 0xdb, 0xad, 12],
    'two-octet',
  ),
  instead('RFC 7607 §2', 'AGGREGATOR with AS number 0', discard(7), [0xc0, 7, 8, 0, 0, 0, 0, 0xba, 0xdb, 0xad, 13]),
  // COMMUNITIES of all kinds
  instead('RFC 7606 §4', 'COMMUNITIES of length zero', withdraw, [0xc0, 8, 0]),
  instead('RFC 7606 §7.8', 'COMMUNITIES of six octets', withdraw, [0xc0, 8, 6, 0xba, 0xdb, 0xad, 14, 0, 0]),
  instead('RFC 7606 §3 c', 'COMMUNITIES that claim to be non-transitive', withdraw, [0x80, 8, 4, 0xba, 0xdb, 0xad, 15]),
  instead('RFC 7606 §4', 'EXTENDED COMMUNITIES of length zero', withdraw, [0xc0, 16, 0]),
  instead(
    'RFC 7606 §7.14',
    'EXTENDED COMMUNITIES of seven octets',
    withdraw,
    [0xc0, 16, 7, 0, 2, 0xba, 0xdb, 0xad, 16, 0],
  ),
  instead(
    'RFC 7606 §7.14',
    'EXTENDED COMMUNITIES of nine octets',
    withdraw,
    [0xc0, 16, 9, 0, 2, 0xba, 0xdb, 0xad, 17, 0, 0, 0],
  ),
  instead(
    'RFC 7606 §3 c',
    'EXTENDED COMMUNITIES that claim to be well-known',
    withdraw,
    [0x40, 16, 8, 0, 2, 0xba, 0xdb, 0xad, 18, 0, 0],
  ),
  instead('RFC 7606 §7.15', 'IPV6 EXTENDED COMMUNITIES of nineteen octets', withdraw, [
    0xc0,
    25,
    19,
    ...unhex(`0002${'0bad'.repeat(8)}00`),
  ]),
  instead('RFC 7606 §4', 'LARGE_COMMUNITY of length zero', withdraw, [0xc0, 32, 0]),
  instead('RFC 8092 §6', 'LARGE_COMMUNITY of eleven octets', withdraw, [
    0xc0,
    32,
    11,
    ...unhex('0badbad0 0badbad0 0badba'),
  ]),
  // ORIGINATOR_ID, CLUSTER_LIST
  instead('RFC 7606 §4', 'ORIGINATOR_ID of length zero', withdraw, [0x80, 9, 0]),
  instead('RFC 7606 §7.9', 'ORIGINATOR_ID of five octets', withdraw, [0x80, 9, 5, 0xba, 0xdb, 0xad, 19, 0]),
  instead('RFC 7606 §7.9', 'ORIGINATOR_ID from outside', discard(9), [0x80, 9, 5, 0xba, 0xdb, 0xad, 20, 0], 'external'),
  instead('RFC 7606 §4', 'CLUSTER_LIST of length zero', withdraw, [0x80, 10, 0]),
  instead('RFC 7606 §7.10', 'CLUSTER_LIST of six octets', withdraw, [0x80, 10, 6, 0xba, 0xdb, 0xad, 21, 0, 0]),
  instead(
    'RFC 7606 §7.10',
    'CLUSTER_LIST from outside',
    discard(10),
    [0x80, 10, 6, 0xba, 0xdb, 0xad, 22, 0, 0],
    'external',
  ),
  // AS4_PATH, AS4_AGGREGATOR
  {
    ...instead(
      'RFC 6793 §6',
      'AS4_PATH from a speaker of four-octet AS numbers',
      discard(17),
      [0xc0, 17, 6, 2, 1, 0xba, 0xdb, 0xad, 23],
    ),
    isIgnored: true,
  },
  instead(
    'RFC 6793 §6',
    'AS4_PATH with a segment that is cut',
    discard(17),
    [0xc0, 17, 6, 2, 2, 0xba, 0xdb, 0xad, 24],
    'two-octet',
  ),
  instead(
    'RFC 6793 §6',
    'AS4_AGGREGATOR of seven octets',
    discard(18),
    [0xc0, 18, 7, 0xba, 0xdb, 0xad, 25, 0, 0, 0],
    'two-octet',
  ),
  // those of later RFCs
  instead('RFC 6514 §5', 'PMSI_TUNNEL of four octets', withdraw, [0xc0, 22, 4, 0, 6, 0xba, 0xdb]),
  instead(
    'RFC 6514 §5',
    'PMSI_TUNNEL to an endpoint of three octets',
    withdraw,
    [0xc0, 22, 8, 0, 6, 0, 0, 100, 0xba, 0xdb, 0xad],
  ),
  instead(
    'RFC 9012 §13',
    'TUNNEL_ENCAPSULATION with a sub-TLV that runs past its tunnel',
    withdraw,
    [0xc0, 23, 8, 0, 8, 0, 4, 1, 12, 0xba, 0xdb],
  ),
  instead(
    'RFC 7311 §3',
    'AIGP with a metric of four octets',
    discard(26),
    [0x80, 26, 7, 1, 0, 7, 0xba, 0xdb, 0xad, 26],
  ),
  instead('RFC 9234 §5', 'ONLY_TO_CUSTOMER of five octets', withdraw, [0xc0, 35, 5, 0xba, 0xdb, 0xad, 27, 0]),
  instead(
    'RFC 8669 §6',
    'PREFIX-SID with a TLV that runs past its end',
    discard(40),
    [0xc0, 40, 5, 1, 0, 7, 0xba, 0xdb],
  ),
  // the attribute field
  followed(
    'RFC 7606 §4',
    'an attribute that runs past the field',
    withdraw,
    [0xc0, 99, 200, 0xba, 0xdb, 0xad, 28, 0, 0],
  ),
  followed('RFC 7606 §4', 'two octets behind the last attribute', withdraw, [0xc0, 99]),
  followed('RFC 7606 §4', 'an extended length that is cut', withdraw, [0xd0, 99, 0]),
  followed('RFC 7606 §3 h', 'one attribute to discard and one worse', withdraw, [0x40, 6, 1, 0xba, 0x80, 9, 1, 0xdb]),
  followed(
    'RFC 4271 §6.3',
    'a well-known attribute that nobody knows',
    reset(3, 2, '406304badbad1d'),
    [0x40, 99, 4, 0xba, 0xdb, 0xad, 0x1d],
  ),
  // EVPN routes whose fields do not add up
  beside('type 1 of 24 octets', 'RFC 7432 §7.1', 1, `${RD} ${ESI} 00000000 0000`),
  beside('type 2 that ends in its MAC address', 'RFC 7432 §7.2', 2, `${RD} ${ESI} 00000000 30 0200000000`),
  beside('type 2 with a MAC address of 40 bits', 'RFC 7432 §7.2', 2, `${RD} ${ESI} 00000000 28 020000000001 00 000064`),
  beside(
    'type 2 with an IP address of 33 bits',
    'RFC 7432 §7.2',
    2,
    `${RD} ${ESI} 00000000 30 020000000001 21 c0000201 000064`,
  ),
  beside('type 2 with a label and a half', 'RFC 7432 §7.2', 2, `${RD} ${ESI} 00000000 30 020000000001 00 000064 0000`),
  beside('type 3 with an originator of 31 bits', 'RFC 7432 §7.3', 3, `${RD} 00000000 1f 0a000001`),
  beside('type 3 without an originator', 'RFC 7432 §7.3', 3, `${RD} 00000000 00`),
  beside('type 4 with an originator that is cut', 'RFC 7432 §7.4', 4, `${RD} ${ESI} 20 0a0000`),
  beside('type 5 with a prefix of 33 bits', 'RFC 9136 §3.1', 5, `${RD} ${ESI} 00000000 21 c0000200 00000000 000064`),
  beside('type 5 of 35 octets', 'RFC 9136 §3.1', 5, `${RD} ${ESI} 00000000 18 c0000200 00000000 000064 00`),
  beside(
    'type 5 with an IPv6 prefix of 129 bits',
    'RFC 9136 §3.1',
    5,
    `${RD} ${ESI} 00000000 81 ${'00'.repeat(32)} 000064`,
  ),
  beside('type 5 with ESI and gateway', 'RFC 9136 §3.2', 5, `${RD} ${SOME_ESI} 00000000 18 c0000200 c0000201 000064`),
  beside(
    'type 5 with ESI and IPv6 gateway',
    'RFC 9136 §3.2',
    5,
    `${RD} ${SOME_ESI} 00000000 40 20010db8${'00'.repeat(12)} 20010db8${'00'.repeat(12)} 000064`,
  ),
  beside('type 5 with nothing to resolve', 'RFC 9136 §3.1', 5, `${RD} ${ESI} 00000000 18 c0000200 00000000 000000`),
  besideRouterMac('multicast', '01005e000001'),
  besideRouterMac('broadcast', 'ffffffffffff'),
  besideRouterMac('zero', '000000000000'),
  beside('type 2 of length zero', 'RFC 7432 §7', 2, ''),
  // next hops that are no host's address
  hopping('0.0.0.0', [0, 0, 0, 0]),
  hopping('224.0.0.1', [224, 0, 0, 1]),
  hopping('255.255.255.255', [255, 255, 255, 255]),
  hopping('::', Array<number>(16).fill(0)),
  hopping('ff02::1', unhex(`ff02${'00'.repeat(13)}01`)),
  // what leaves no way to find the routes
  reaching(
    'RFC 7606 §5.3',
    'an EVPN route that runs past MP_REACH_NLRI',
    reset(3, 9),
    (victim) => reach(victim, [2, 60, 0xba, 0xdb, 0xad]),
    '023cbadbad',
  ),
  reaching('RFC 7606 §5.3', 'an EVPN route without its length', reset(3, 9), (victim) => reach(victim, [2])),
  reaching('RFC 7606 §5.3', 'MP_REACH_NLRI of four octets', reset(3, 9, '800e0400194604'), () => [
    0x80, 14, 4, 0, 25, 70, 4,
  ]),
  reaching('RFC 7606 §7.11', 'a next hop that runs past MP_REACH_NLRI', reset(3, 9), () => [
    0x80, 14, 6, 0, 25, 70, 16, 10, 0,
  ]),
  reaching('RFC 7606 §7.11', 'a next hop of five octets', reset(3, 9, '800e2d00194605'), (victim) =>
    attribute(0x80, 14, [...EVPN, 5, 10, 0, 0, 66, 0, 0, ...victim]),
  ),
  reaching('RFC 7606 §5.3', 'MP_REACH_NLRI that claims to be transitive', reset(3, 4), (victim) =>
    attribute(0xc0, 14, [...EVPN, ...NEXT_HOP, ...victim]),
  ),
  reaching('RFC 7606 §3 g', 'MP_REACH_NLRI twice', reset(3, 1), (victim) => [...reach(victim), ...reach(victim)]),
  whole('RFC 7606 §3 g', 'MP_UNREACH_NLRI twice', reset(3, 1), (victim) =>
    update([...unreach(victim), ...unreach(victim)]),
  ),
  whole('RFC 7606 §5.3', 'MP_UNREACH_NLRI of two octets', reset(3, 9, '800f020019'), () =>
    update([0x80, 15, 2, 0, 25]),
  ),
  whole('RFC 7606 §5.3', 'an EVPN route that runs past MP_UNREACH_NLRI', reset(3, 9), () =>
    update(unreach([2, 33, 0xba])),
  ),
  whole('RFC 7606 §5.2', 'a bad ORIGIN in an UPDATE that announces nothing', reset(3, 6), (victim) =>
    update([...unreach(victim), 0x40, 1, 1, 9]),
  ),
  whole('RFC 4271 §6.3', 'Withdrawn Routes Length past the message', reset(3, 1), (victim) =>
    message(Type.update, [0xff, 0xff, ...u16(field(victim).length), ...field(victim)]),
  ),
  whole('RFC 4271 §6.3', 'Total Path Attribute Length past the message', reset(3, 1), (victim) =>
    message(Type.update, [0, 0, ...u16(field(victim).length + 1), ...field(victim)]),
  ),
  whole('RFC 7606 §5.3', 'a withdrawn IPv4 prefix of 33 bits', reset(3, 10), (victim) =>
    update(field(victim), { withdrawn: [33, 10, 0, 0, 0, 0] }),
  ),
  whole('RFC 7606 §5.3', 'an IPv4 prefix that runs past the message', reset(3, 10), (victim) =>
    update([...field(victim), 0x40, 3, 4, 10, 0, 0, 66], { nlri: [24, 10, 0] }),
  ),
  whole('RFC 4271 §6.1', 'an UPDATE of 4,097 octets', reset(1, 2, '1001'), (victim) => {
    const rest = 4097 - 23 - field(victim).length - 4;
    return update([...field(victim), 0xd0, 99, ...u16(rest), ...Array<number>(rest).fill(0xba)]);
  }),
];
