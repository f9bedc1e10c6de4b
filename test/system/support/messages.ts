/** BGP messages octet by octet (RFC 4271 §4), with the few choices that the tests make. */
import { address, u16, u24, u32 } from './bytes.ts';

const MARKER = Array<number>(16).fill(255);
const EVPN = [0, 25, 70];

export const Type = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const;

export function message(type: number, body: readonly number[] = []): Uint8Array {
  return Uint8Array.from([...MARKER, ...u16(19 + body.length), type, ...body]);
}

export const keepalive = message(Type.keepalive);

export interface OpenOptions {
  readonly asn: number;
  readonly id: string;
  readonly holdTime?: number;
  /** Default: EVPN, route refresh, graceful restart without families, and the four-octet AS number. */
  readonly capabilities?: readonly (readonly number[])[];
}

export const capability = {
  evpn: [1, 4, 0, 25, 0, 70],
  rtConstrain: [1, 4, 0, 1, 0, 132],
  routeRefresh: [2, 0],
  extendedMessage: [6, 0],
  gracefulRestart: [64, 2, 0, 0],
  enhancedRouteRefresh: [70, 0],
  /** EVPN with F set, for so many seconds (RFC 9494 §3.1). */
  longLivedGracefulRestart: (seconds: number) => [71, 7, 0, 25, 70, 0x80, ...u24(seconds)],
  /** Several paths a route of EVPN are taken (RFC 7911 §4). */
  addPathReceive: [69, 4, 0, 25, 70, 1],
  asn4: (asn: number) => [65, 4, ...u32(asn)],
} as const;

export function open({ asn, id, holdTime = 90, capabilities }: OpenOptions): Uint8Array {
  const { evpn, routeRefresh, gracefulRestart, asn4 } = capability;
  const value = (capabilities ?? [evpn, routeRefresh, gracefulRestart, asn4(asn)]).flat();
  const myAs = asn > 65535 ? 23456 : asn;
  const parameters = [2, value.length, ...value];
  return message(Type.open, [4, ...u16(myAs), ...u16(holdTime), ...address(id), parameters.length, ...parameters]);
}

/** One path attribute: flags, type code, value. */
export type RawAttribute = readonly [flags: number, code: number, value: readonly number[]];

function encodeAttribute([flags, code, value]: RawAttribute): number[] {
  return value.length > 255
    ? [flags | 0x10, code, ...u16(value.length), ...value]
    : [flags, code, value.length, ...value];
}

export interface Announcement {
  readonly nextHop: string;
  /** Default: 65000:VNI 100. */
  readonly extendedCommunities?: readonly (readonly number[])[];
  /** Default 100; absent from what an eBGP neighbour sends when null. */
  readonly localPref?: number | null;
  /** AS numbers of one AS_SEQUENCE, each of four octets, or two with `asn2`. */
  readonly asPath?: readonly number[];
  readonly asn2?: boolean;
  /** Besides ORIGIN, AS_PATH, LOCAL_PREF, MP_REACH_NLRI and EXTENDED_COMMUNITIES. */
  readonly more?: readonly RawAttribute[];
}

export const routeTarget = (asn: number, value: number) => [0, 2, ...u16(asn), ...u32(value)];
export const encapsulationVxlan = [3, 12, 0, 0, 0, 0, 0, 8];
export const macMobility = (sequence: number, sticky = false) => [6, 0, sticky ? 1 : 0, 0, ...u32(sequence)];

/** An UPDATE that announces these NLRI, MP_REACH_NLRI standing first (RFC 7606 §5.1). */
export function announce(nlri: readonly (readonly number[])[], announcement: Announcement): Uint8Array {
  const { nextHop, asPath = [], asn2 = false, localPref = 100, more = [] } = announcement;
  const communities = announcement.extendedCommunities ?? [routeTarget(65000, 100), encapsulationVxlan];
  const hop = address(nextHop);
  const path = asPath.length === 0 ? [] : [2, asPath.length, ...asPath.flatMap(asn2 ? u16 : u32)];
  const attributes: RawAttribute[] = [
    [0x80, 14, [...EVPN, hop.length, ...hop, 0, ...nlri.flat()]],
    [0x40, 1, [0]],
    [0x40, 2, path],
    ...(localPref === null ? [] : [[0x40, 5, u32(localPref)] as const]),
    ...(communities.length === 0 ? [] : [[0xc0, 16, communities.flat()] as const]),
    ...more,
  ];
  return update(attributes);
}

export function withdraw(nlri: readonly (readonly number[])[]): Uint8Array {
  return update([[0x80, 15, [...EVPN, ...nlri.flat()]]]);
}

/** Interest in every route target (RFC 4684 §4), and that there is no other. */
export function interestInAll(nextHop: string): readonly Uint8Array[] {
  const hop = address(nextHop);
  const membership = update([
    [0x80, 14, [0, 1, 132, hop.length, ...hop, 0, 0]],
    [0x40, 1, [0]],
    [0x40, 2, []],
    [0x40, 5, u32(100)],
  ]);
  return [membership, update([[0x80, 15, [0, 1, 132]]])];
}

/** RFC 4724 §2. */
export const endOfRib = withdraw([]);
export const routeRefresh = message(Type.routeRefresh, [0, 25, 0, 70]);

export function update(attributes: readonly RawAttribute[]): Uint8Array {
  const field = attributes.flatMap(encodeAttribute);
  return message(Type.update, [0, 0, ...u16(field.length), ...field]);
}
