/**
 * UPDATEs of routes that are announced for NVEs: routes with one set of attributes share messages, as many as fit (RFC 4271
 * §4.3). What a set has is octets that are made once; only a sequence number is written for each route that has one of its
 * own (RFC 7432 §7.7).
 */
import {
  AttributeCode,
  AttributeFlag,
  EncodeError,
  Family,
  HEADER_LENGTH,
  MAX_MESSAGE_LENGTH,
  MessageType,
} from 'bgp-ts';

/** The attributes that routes of one kind, of one NVE in one network, have in common. */
export interface SharedAttributes {
  /** MP_REACH_NLRI from AFI to the reserved octet. */
  readonly reach: Uint8Array;
  /** All other attributes, headers included. */
  readonly others: Uint8Array;
  /** The same with a MAC Mobility community as the last eight octets; absent where routes do not move. */
  readonly mobile?: Uint8Array;
}

/** A route to be announced. */
export interface OriginatedRoute {
  /** One EVPN NLRI. */
  readonly nlri: Uint8Array;
  /** The same object for routes that are to share UPDATEs. */
  readonly shared: SharedAttributes;
  /** RFC 7432 §15; 0 to 4,294,967,295. */
  readonly sequence: number;
  /** RFC 7432 §15.2. */
  readonly sticky: boolean;
}

/** Octets behind the header up to the first attribute's value: two lengths of fields, an attribute header with a long length. */
const FIELDS = 8;
const VALUE = HEADER_LENGTH + FIELDS;
/** AFI and SAFI, with which MP_UNREACH_NLRI begins (RFC 4760 §4). */
const UNREACH = 3;
/** Of a MAC Mobility community, from its end. */
const MOBILITY_FLAGS = 6;
const MOBILITY_SEQUENCE = 4;
const STICKY = 1;

/** Routes of one {@link SharedAttributes}: those without MAC Mobility, and the others by what theirs says. */
interface Group {
  readonly plain: Uint8Array[];
  readonly mobile: Map<number, Uint8Array[]>;
}

/**
 * UPDATEs that announce the routes, each of at most 4,096 octets; each route is to be among them once, as their order is not
 * kept. Throws an EncodeError when a route does not fit with its attributes.
 */
export function encodeAnnouncements(routes: Iterable<OriginatedRoute>): Uint8Array[] {
  const groups = new Map<SharedAttributes, Group>();
  for (const { nlri, shared, sequence, sticky } of routes) {
    let group = groups.get(shared);
    if (group === undefined) {
      group = { plain: [], mobile: new Map() };
      groups.set(shared, group);
    }
    if (shared.mobile === undefined || (sequence === 0 && !sticky)) {
      group.plain.push(nlri);
      continue;
    }
    const mobility = sequence * 2 + (sticky ? STICKY : 0);
    const alike = group.mobile.get(mobility);
    if (alike === undefined) group.mobile.set(mobility, [nlri]);
    else alike.push(nlri);
  }
  const updates: Uint8Array[] = [];
  for (const [{ reach, others, mobile = others }, group] of groups) {
    packAnnouncements(reach, others, group.plain, updates, -1);
    for (const [mobility, nlri] of group.mobile) packAnnouncements(reach, mobile, nlri, updates, mobility);
  }
  return updates;
}

/** `mobility` is the sequence number with the sticky flag behind it as the lowest bit; -1 without the community. */
function packAnnouncements(
  reach: Uint8Array,
  others: Uint8Array,
  routes: readonly Uint8Array[],
  updates: Uint8Array[],
  mobility: number,
): void {
  const room = MAX_MESSAGE_LENGTH - VALUE - reach.length - others.length;
  for (let from = 0; from < routes.length; ) {
    const { to, octets } = fitting(routes, from, room);
    const valueLength = reach.length + octets;
    const update = updateOf(AttributeCode.MpReachNlri, valueLength, others.length);
    update.set(reach, VALUE);
    write(routes, from, to, update, VALUE + reach.length);
    update.set(others, VALUE + valueLength);
    if (mobility >= 0) {
      update[update.length - MOBILITY_FLAGS] = mobility % 2;
      writeU32(update, update.length - MOBILITY_SEQUENCE, Math.floor(mobility / 2));
    }
    updates.push(update);
    from = to;
  }
}

/** UPDATEs that withdraw the routes, each of at most 4,096 octets. Throws an EncodeError for an NLRI that fits in none. */
export function encodeWithdrawals(routes: Iterable<Pick<OriginatedRoute, 'nlri'>>): Uint8Array[] {
  const all = Array.from(routes, ({ nlri }) => nlri);
  const updates: Uint8Array[] = [];
  for (let from = 0; from < all.length; ) {
    const { to, octets } = fitting(all, from, MAX_MESSAGE_LENGTH - VALUE - UNREACH);
    const update = updateOf(AttributeCode.MpUnreachNlri, UNREACH + octets, 0);
    writeU16(update, VALUE, Family.Evpn >> 8);
    update[VALUE + 2] = Family.Evpn & 0xff;
    write(all, from, to, update, VALUE + UNREACH);
    updates.push(update);
    from = to;
  }
  return updates;
}

/** How many routes from `from` on fit into `room` octets, one at least, and how many octets they are. */
function fitting(routes: readonly Uint8Array[], from: number, room: number): { to: number; octets: number } {
  let octets = routes[from].length;
  if (octets > room) throw new EncodeError(`a route of ${octets} octets does not fit: its attributes leave ${room}`);
  let to = from + 1;
  while (to < routes.length && octets + routes[to].length <= room) octets += routes[to++].length;
  return { to, octets };
}

function write(routes: readonly Uint8Array[], from: number, to: number, update: Uint8Array, start: number): void {
  let at = start;
  for (let i = from; i < to; i++) {
    update.set(routes[i], at);
    at += routes[i].length;
  }
}

/** Header, field lengths and the header of the attribute that comes first, with a value still to be written; the rest behind it. */
function updateOf(code: number, valueLength: number, othersLength: number): Uint8Array {
  const update = new Uint8Array(VALUE + valueLength + othersLength);
  update.fill(0xff, 0, HEADER_LENGTH - 3);
  writeU16(update, HEADER_LENGTH - 3, update.length);
  update[HEADER_LENGTH - 1] = MessageType.Update;
  writeU16(update, HEADER_LENGTH + 2, update.length - HEADER_LENGTH - 4);
  update[HEADER_LENGTH + 4] = AttributeFlag.Optional | AttributeFlag.ExtendedLength;
  update[HEADER_LENGTH + 5] = code;
  writeU16(update, HEADER_LENGTH + 6, valueLength);
  return update;
}

function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  writeU16(bytes, at, value >>> 16);
  writeU16(bytes, at + 2, value & 0xffff);
}
