/**
 * The answer to "behind which NVE is this tenant address?" (seed §3.3), and how readers follow a network's answers as they
 * change.
 */
import type { Encapsulation } from './model.ts';

export interface TunnelEnd {
  /** The NVE's tunnel address. */
  readonly nve: string;
  readonly encapsulation: Encapsulation;
  readonly vni: number;
  /** The neighbour domain that it lies in; absent in our own. */
  readonly domain?: string;
  /** How many domains lie between, by the way that it is known by (its AS_PATH's length); absent in our own. */
  readonly distance?: number;
}

/** A tenant's host: its MAC address, and one of its IP addresses or none. */
export interface HostMapping extends TunnelEnd {
  readonly kind: 'host';
  /** Absent in a network with L3 service. */
  readonly mac?: string;
  readonly ip?: string;
  /** RFC 7432 §15. */
  readonly sequence: number;
  readonly sticky: boolean;
  /** For routed traffic to it (symmetric IRB, RFC 9135 §5). */
  readonly l3?: { readonly vni: number; readonly routerMac: string };
}

export interface PrefixMapping extends TunnelEnd {
  readonly kind: 'prefix';
  readonly prefix: string;
  /** RFC 9135 §8.1. */
  readonly routerMac?: string;
}

/** An NVE that is in the network and takes flooded frames (RFC 7432 §11). */
export interface FloodMapping extends TunnelEnd {
  readonly kind: 'flood';
}

export type Mapping = HostMapping | PrefixMapping | FloodMapping;

/** Tells mappings of one network apart: a change of anything else is a change of the same mapping. */
export function mappingKey(mapping: Mapping): string {
  switch (mapping.kind) {
    case 'host':
      return `host ${mapping.mac ?? ''} ${mapping.ip ?? ''}`;
    case 'prefix':
      return `prefix ${mapping.prefix}`;
    case 'flood':
      return `flood ${mapping.nve}`;
  }
}

/** `gone` names the mapping by what it last was. */
export type MappingChange = { readonly set: Mapping } | { readonly gone: Mapping };

/** The mappings of one network, for readers that go at their own pace: a cursor is a version. */
export interface MappingTable {
  /** Grows with each change, and is greater than every version of any table before it in the same start of nvad. */
  readonly version: number;
  /** All that there are, as of {@link version}. */
  snapshot(): Iterable<Mapping>;
  /** Of these, the NVEs that take flooded frames: few among many. */
  floods(): Iterable<Mapping>;
  /** Of these, that of an NVE, by its tunnel address. */
  floodTo(nve: string): Mapping | undefined;
  /**
   * What changed after `version`, in order, at most `limit` and with the version that they lead to; undefined when it is
   * not remembered any more: begin with a snapshot.
   */
  changesSince(
    version: number,
    limit: number,
  ): { readonly changes: readonly MappingChange[]; readonly version: number } | undefined;
  /** Of a MAC address, an IP address or an IP address within a prefix (the longest). */
  find(address: string): Mapping | undefined;
}
