/** From the networks of one router, what its namespace is to look like: L3 service and symmetric IRB (RFC 9135 §5). Pure. */

import { isIPv6 } from 'node:net';
import { hostPrefix } from '../evpn/ip-prefix.ts';
import type { Mapping } from '../nva/mapping.ts';
import { destinationKey } from './destination.ts';
import { gatewayDevice, gatewayMac, gatewayName, routerMac, routerNamespace, vxlanName } from './names.ts';

/** Octets of the outer headers and the inner Ethernet header (RFC 7348 §5). */
export const overhead = (tunnelAddress: string) => (isIPv6(tunnelAddress) ? 70 : 50);

/** A network that is routed, and who of it is here. */
export interface RoutedNetwork {
  readonly vni: number;
  /** Its hosts reach each other by the router as well: L3 service. */
  readonly proxyArp: boolean;
  /** The router's own addresses in it, with their prefix lengths. */
  readonly gateways: readonly string[];
  readonly hosts: readonly {
    readonly mac?: string;
    readonly ips: readonly string[];
    readonly prefixes: readonly string[];
  }[];
  readonly mappings: readonly Mapping[];
}

/** The router's end of a network: one of two devices, the other of which is a port of the network's bridge. */
export interface WantedSegment {
  readonly vni: number;
  /** In the namespace of the router. */
  readonly device: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly proxyArp: boolean;
}

export interface WantedRouter {
  readonly namespace: string;
  readonly vni: number;
  readonly vxlan: string;
  /** Network namespace that has the underlay, where that is not nved's own. */
  readonly underlay?: string;
  readonly mac: string;
  readonly local: string;
  readonly mtu: number | undefined;
  readonly segments: readonly WantedSegment[];
  /** Prefix → where to, as {@link RouterState} has it. */
  readonly routes: ReadonlyMap<string, string>;
  readonly neighbours: ReadonlyMap<string, string>;
  readonly tunnels: ReadonlyMap<string, string>;
  /** nftables' text for what is filtered and translated in it, where it has a gateway role. */
  readonly filter?: string;
}

export interface RouterOptions {
  /** Of the network with L3 service. */
  readonly vni: number;
  readonly local: string;
  readonly mtu: number | undefined;
}

/** The router of a network with L3 service; `own` are that network's mappings, where it is none of the networks. */
export function wantedRouter(
  { vni, local, mtu }: RouterOptions,
  networks: readonly RoutedNetwork[],
  own: readonly Mapping[],
): WantedRouter {
  const vxlan = vxlanName(vni);
  const routes = new Map<string, string>();
  const neighbours = new Map<string, string>();
  const tunnels = new Map<string, string>();
  for (const mappings of [own, ...networks.map((network) => network.mappings)]) {
    for (const mapping of mappings) {
      if (mapping.nve === local || mapping.encapsulation !== 'vxlan') continue;
      const prefix = prefixOf(mapping);
      if (prefix === undefined) continue;
      const there = mapping.kind === 'host' ? mapping.l3 : undefined;
      const mac =
        there?.routerMac ?? (mapping.kind === 'prefix' ? mapping.routerMac : undefined) ?? routerMac(mapping.nve);
      const far = there?.vni ?? (mapping.kind === 'prefix' ? mapping.vni : vni);
      const via = isIPv6(prefix.split('/')[0] ?? '') && !isIPv6(mapping.nve) ? `::ffff:${mapping.nve}` : mapping.nve;
      routes.set(prefix, `via ${via} dev ${vxlan}`);
      neighbours.set(`${vxlan} ${via}`, mac);
      tunnels.set(mac, destinationKey({ address: mapping.nve, ...(far !== vni && { vni: far }) }));
    }
  }
  // What is here is nowhere else.
  for (const { vni: segment, hosts } of networks) {
    const device = gatewayDevice(segment);
    for (const { mac, ips, prefixes } of hosts) {
      for (const ip of ips) {
        routes.set(hostPrefix(ip), `dev ${device}`);
        if (mac !== undefined) neighbours.set(`${device} ${ip}`, mac);
      }
      for (const prefix of prefixes) {
        const via = ips.find((ip) => isIPv6(ip) === prefix.includes(':'));
        if (via !== undefined) routes.set(prefix, `via ${via} dev ${device}`);
      }
    }
  }
  return {
    namespace: routerNamespace(local, vni),
    vni,
    vxlan,
    mac: routerMac(local),
    local,
    mtu,
    segments: networks.map(({ vni: segment, gateways, proxyArp }) => ({
      vni: segment,
      device: gatewayDevice(segment),
      mac: gatewayMac(segment),
      addresses: gateways,
      proxyArp,
    })),
    routes,
    neighbours,
    tunnels,
  };
}

/** The bridge's end of a router's segment, for the network's bridge. */
export interface WantedGateway {
  readonly port: string;
  readonly device: string;
  readonly mac: string;
  readonly namespace: string;
}

export const wantedGateway = (segment: number, router: number, local: string): WantedGateway => ({
  port: gatewayName(segment),
  device: gatewayDevice(segment),
  mac: gatewayMac(segment),
  namespace: routerNamespace(local, router),
});

/** What is routed to: a host in a network that is routed, or a prefix. */
/** The prefix that a router has because of a mapping; undefined where it has none. */
export function prefixOf(mapping: Mapping): string | undefined {
  if (mapping.kind === 'prefix') return mapping.prefix;
  if (mapping.kind !== 'host' || mapping.ip === undefined) return undefined;
  // With a MAC address it is of a network with L2 service, and routed to where its NVE says so.
  if (mapping.mac !== undefined && mapping.l3 === undefined) return undefined;
  return hostPrefix(mapping.ip);
}
