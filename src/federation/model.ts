/**
 * What is agreed with another domain (seed §8): which virtual networks are shared, how they are called on the wire between the
 * two, by which gateways traffic goes, and how much of it is taken. Plain values, checked where they come in.
 */
import type { DomainId } from 'bgp-ts';

/** How a network is called on the wire between two domains, in both directions. */
export interface WireName {
  readonly vni: number;
  /** As `parseRouteTarget` reads it. */
  readonly routeTarget: string;
}

/**
 * Tunnel addresses of our gateways (IP-G), preferred by nobody: of what goes out, as the other domain is to see them; of what
 * comes in, as our NVEs are. Empty: NVEs tunnel to each other directly.
 */
export interface ShareGateways {
  readonly export: readonly string[];
  readonly import: readonly string[];
  /**
   * An address that the gateways of a direction have in common, which is all that is seen of them: the underlay leads to one
   * of those that are there. Absent: one of them is elected for each network, and it alone is seen.
   */
  readonly anycast?: { readonly [direction in Direction]?: string };
}

/** A network that is shared. */
export interface Share {
  /** Ours. */
  readonly network: string;
  /** What is absent is our own. */
  readonly remote?: Partial<WireName>;
  readonly gateways: ShareGateways;
  /**
   * Our gateways of what comes in are one multihomed site to our NVEs, by this Ethernet segment identifier of 20 hexadecimal
   * digits (RFC 9014 §3.5). Absent: the elected one alone is a next hop.
   */
  readonly segment?: string;
}

/** Every network of ours is shared, under numbers and route targets that follow from its own. */
export interface ShareAll {
  /** Added to our VNI. */
  readonly vniOffset: number;
  /** The number in front of the colon; behind it is the VNI on the wire. */
  readonly routeTargetAsn: number;
  readonly gateways: Share['gateways'];
  readonly segment?: Share['segment'];
}

/** What is taken of another domain's routes. */
export interface ImportLimits {
  /** In all, and of each network. */
  readonly routes: number;
  readonly perNetwork: number;
  /** Percent of either above which a warning is logged. */
  readonly warning: number;
  /** Beyond: that is only warned of, no more are taken until there are fewer, or the session is reset. */
  readonly exceeded: 'warn' | 'stop' | 'reset';
}

/** How fast changes cross in one direction. */
export interface CrossingRate {
  /** Milliseconds that a change waits for others of the same route; the last state crosses. */
  readonly delay: number;
  /** Changes a second; undefined: as many as there are. */
  readonly changesPerSecond: number | undefined;
  /** A MAC address, or a route of another type, with more than `allowance` changes in an interval (ms) has one in each. */
  readonly flap: { readonly interval: number; readonly allowance: number };
}

/** A neighbour domain. */
export interface NeighbourDomain {
  /** Unique among the neighbours. */
  readonly domain: string;
  readonly asn: number;
  /** Of D-PATH (RFC 10039 §4); unique among the neighbours and other than ours. */
  readonly domainId: DomainId;
  readonly networks: readonly Share[] | ShareAll;
  /** Seconds that its routes are kept, as less preferred ones, when it is lost. */
  readonly keepStale: number;
  readonly limits: ImportLimits;
  readonly rate: { readonly import: CrossingRate; readonly export: CrossingRate };
  /** Paths of policy files, absolute. */
  readonly policy: { readonly import?: string; readonly export?: string };
  /** Where its nvad answers questions across the two. */
  readonly api?: { readonly url: string; readonly token: string };
}

/** What traffic does that crosses: out of our domain, or into it. */
export type Direction = 'import' | 'export';

export const defaultLimits: ImportLimits = { routes: 1_000_000, perNetwork: 500_000, warning: 80, exceeded: 'stop' };
export const defaultRate: CrossingRate = {
  delay: 0,
  changesPerSecond: undefined,
  flap: { interval: 10_000, allowance: 5 },
};
/** Seconds. */
export const defaultKeepStale = 300;
