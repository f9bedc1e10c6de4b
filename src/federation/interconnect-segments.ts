/**
 * Interconnect Ethernet segments (RFC 9014 §3.5, I-ES): several gateways of a network are one multihomed site to our NVEs.
 * Hosts behind them bear the segment's identifier, and each gateway that is alive is announced as one of its ends (type 1,
 * RFC 7432 §8.2.1 and §8.4.1), so that NVEs that can do it send by all of them, and turn away from a dead one at once. To
 * others a host's next hop is the elected gateway, as ever.
 *
 * Type-4 routes are not made: they are for PEs to elect who forwards flooding, and the NVA has done that for the gateways.
 */
import { type ExtendedCommunity, encodeAttributes, extendedCommunity, fromHex, type OwnSource } from 'bgp-ts';
import { tunnelTypes } from '../evpn/encapsulation.ts';
import { reachHead } from '../evpn/re-originate.ts';
import type { GatewayEnd } from './judge.ts';
import { type Attributes, Outbox } from './outbox.ts';
import type { RouteDistinguishers } from './route-distinguishers.ts';
import type { Name } from './shares.ts';

/** A gateway as an end of the segment, in one network. */
export interface SegmentEnd {
  /** 20 hexadecimal digits. */
  readonly esi: string;
  readonly gateway: GatewayEnd;
  /** How the network is called where the end is announced. */
  readonly name: Name;
  readonly source: OwnSource;
}

interface Route {
  readonly source: OwnSource;
  readonly nlri: Uint8Array;
  readonly attributes: Attributes;
  /** Tells whether it is the same as before. */
  readonly text: string;
}

/** Ethernet tag of the route for a whole segment (RFC 7432 §8.2.1). */
const MAX_TAG = 0xffffffff;
const context = { asn4: true, addPath: new Set<number>(), extendedMessages: true };

export class InterconnectSegments {
  readonly #distinguishers: RouteDistinguishers;
  readonly #outbox = new Outbox();
  #announced: ReadonlyMap<string, Route> = new Map();

  constructor(distinguishers: RouteDistinguishers) {
    this.#distinguishers = distinguishers;
  }

  /** Routes announced. */
  get routes(): number {
    return this.#announced.size;
  }

  /** These are the ends now. */
  become(ends: readonly SegmentEnd[]): void {
    const wanted = this.#routesOf(ends);
    for (const [key, route] of wanted) {
      if (this.#announced.get(key)?.text === route.text) continue;
      this.#outbox.announce(route.source, route.attributes, route.nlri, route.nlri.length);
    }
    for (const [key, { source, nlri }] of this.#announced) {
      if (!wanted.has(key)) this.#outbox.withdraw(source, nlri, nlri.length);
    }
    this.#outbox.flush();
    this.#announced = wanted;
  }

  #routesOf(ends: readonly SegmentEnd[]): ReadonlyMap<string, Route> {
    const routes = new Map<string, Route>();
    /** Of a segment's route, the targets of all its networks (RFC 7432 §8.2.1). */
    const whole = new Map<string, { readonly end: SegmentEnd; readonly targets: Set<ExtendedCommunity> }>();
    for (const end of ends) {
      const { esi, gateway, name } = end;
      routes.set(`${esi} ${gateway.tunnelAddress} ${name.vni}`, this.#route(end, 0, name.vni, name.targets));
      const key = `${esi} ${gateway.tunnelAddress}`;
      const entry = whole.get(key) ?? { end, targets: new Set() };
      whole.set(key, entry);
      for (const target of name.targets) entry.targets.add(target);
    }
    for (const [key, { end, targets }] of whole) routes.set(key, this.#route(end, MAX_TAG, 0, [...targets].sort()));
    return routes;
  }

  #route(
    { esi, gateway, source }: SegmentEnd,
    tag: number,
    label: number,
    targets: readonly ExtendedCommunity[],
  ): Route {
    const rd = this.#distinguishers.of(distinguisherOf(gateway.tunnelAddress, label), 0) ?? new Uint8Array(8);
    const nlri = Uint8Array.of(1, 25, ...rd, ...(fromHex(esi) ?? []), ...u32(tag), ...u32(label).subarray(1));
    const { encapsulations = ['vxlan'] } = gateway;
    const extendedCommunities = [
      ...targets,
      ...encapsulations.map((one) => extendedCommunity({ kind: 'encapsulation', tunnelType: tunnelTypes[one] })),
      ...(tag === MAX_TAG ? [extendedCommunity({ kind: 'esi-label', singleActive: false, label: 0 })] : []),
    ];
    const others = encodeAttributes({ origin: 'igp', asPath: [], localPref: 100, extendedCommunities }, context);
    const text = [gateway.tunnelAddress, ...extendedCommunities].join(' ');
    return { source, nlri, attributes: { reach: reachHead(gateway.tunnelAddress), others }, text };
  }
}

/** Eight octets that stand for a gateway and a network, for our own distinguisher to be made of: of a type that no RD has. */
function distinguisherOf(address: string, label: number): Uint8Array {
  let hash = 0;
  for (const letter of address) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return Uint8Array.of(0xff, 0xfe, ...u32(hash).subarray(1), ...u32(label).subarray(1));
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
