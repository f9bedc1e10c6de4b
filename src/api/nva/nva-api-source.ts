/** What the API asks, answered by the NVA and its store. */
import { hostPrefix } from '../../evpn/ip-prefix.ts';
import { automaticRouteTarget } from '../../evpn/route-target.ts';
import type { Attachment, Nve, VirtualNetwork } from '../../nva/model.ts';
import type { Claim } from '../../nva/network-mappings.ts';
import type { Nva } from '../../nva/nva.ts';
import type { NvaStore } from '../../nva/nva-store.ts';
import { NvaStoreError } from '../../nva/store-error.ts';
import type { NveSession } from '../contract/nves.ts';
import type { Peer } from '../contract/peers.ts';
import type { NvaSource } from '../nva-source.ts';
import { type ExplainModules, explainMapping, sourced } from './explain-mapping.ts';
import { unheededOf } from './unheeded.ts';

export interface NvaApiSourceModules {
  readonly nva: Nva;
  /** The store, once it is open. */
  readonly store: () => NvaStore | undefined;
  /** The BGP neighbour of an address. */
  readonly peer: (address: string) => Peer | undefined;
}

export interface NvaApiSource extends NvaSource {
  /** For the NVA's handler: a transaction was done. */
  applied(): void;
}

/** `asn` is the domain's. */
export function nvaApiSource(asn: number, { nva, store, peer }: NvaApiSourceModules): NvaApiSource {
  const { registry } = nva;
  const listeners = new Set<() => void>();

  /** Tunnel ends that the network's NVEs flood to, which every NVE of it announces. */
  const membersOf = (network: string) => {
    const members = new Set<string>();
    for (const { nve } of nva.mappingsOf(network)?.floods() ?? []) members.add(nve);
    return members;
  };
  /** The other way round: networks in which an NVE has attachments, or is flooded to. */
  const networksWith = ({ name: nve, tunnelAddress }: Nve) => {
    const attachments = new Map(registry.networksOf(nve));
    for (const { name } of nva.networks()) {
      if (!attachments.has(name) && nva.mappingsOf(name)?.floodTo(tunnelAddress)) attachments.set(name, 0);
    }
    return [...attachments].map(([name, count]) => ({ name, attachments: count }));
  };
  const attachmentOf = (network: string, { mapping }: Claim): Attachment | undefined => {
    const at = registry.nveByTunnelAddress(mapping.nve)?.name;
    if (at === undefined || mapping.kind === 'flood') return undefined;
    const mac = mapping.kind === 'host' ? mapping.mac : undefined;
    const all = mac === undefined ? registry.attachmentsAt(network, at) : registry.attachmentsOf(network, mac);
    for (const { attachment } of all) {
      if (attachment.nve !== at) continue;
      if (mac !== undefined && attachment.mac === mac) return attachment;
      if (mapping.kind === 'prefix' && reaches(attachment, mapping.prefix)) return attachment;
    }
    return undefined;
  };

  const explainModules = (network: VirtualNetwork): ExplainModules => ({
    network,
    nameOf: (tunnel) => registry.nveByTunnelAddress(tunnel)?.name,
    attachment: (claim) => attachmentOf(network.name, claim),
  });

  return {
    loaded: () => nva.begun,
    networks: () => nva.networks(),
    network: (name) => nva.network(name),
    networkStatus: (name) => {
      const members = membersOf(name);
      for (const nve of registry.nvesIn(name)) members.add(registry.nve(nve)?.tunnelAddress ?? nve);
      return {
        configured: registry.isConfigured('networks', name),
        attachments: registry.attachmentCount(name),
        nves: members.size,
        mappings: nva.mappingsOf(name)?.size ?? 0,
      };
    },
    nves: () => nva.nves(),
    nve: (name) => nva.nve(name),
    nveByTunnelAddress: (address) => registry.nveByTunnelAddress(address),
    nveStatus: (name) => {
      const nve = nva.nve(name);
      return {
        configured: registry.isConfigured('nves', name),
        session: nve === undefined ? null : sessionOf(nve, nva, peer),
        networks: nve === undefined ? [] : networksWith(nve),
      };
    },
    attachments: (network) => nva.attachments(network),
    attachment: (network, id) => nva.storedAttachment(network, id),
    automaticRouteTargets: (vni) => [automaticRouteTarget(asn, vni)],
    apply: (changes, by, options) => {
      if (!nva.begun)
        throw new NvaStoreError(
          'starting',
          'nvad is starting and has not opened its store yet',
          'try again in a second',
        );
      return nva.apply(changes, by, options);
    },
    mappings: (network) => {
      const table = nva.mappingsOf(network);
      return table && map(table.all(), ({ best }) => sourced(best));
    },
    explain: (name, address) => {
      const network = nva.network(name);
      if (network === undefined) return [];
      const modules = explainModules(network);
      return (nva.mappingsOf(name)?.claimsTo(address) ?? []).map(({ best, claims }) =>
        explainMapping(best, claims, modules),
      );
    },
    explainRoute: (name, destination) => {
      const network = nva.network(name);
      const found = nva.mappingsOf(name)?.claimsBeside(destination);
      return network && found && explainMapping(found.best, found.claims, explainModules(network));
    },
    unheeded: (name, address) => unheededOf(nva, name, address),
    conflicts: () => nva.conflicts(),
    release: (id) => {
      if (nva.release(id)) return 'released';
      return nva.conflicts().some((conflict) => conflict.id === id) ? 'not-releasable' : 'no-such-conflict';
    },
    lastEvent: () => store()?.lastEvent() ?? 0,
    firstEvent: () => store()?.firstEvent() ?? 1,
    events: (after, limit) => store()?.events(after, limit) ?? [],
    onEvents: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    applied: () => {
      for (const listener of listeners) listener();
    },
  };
}

function* map<T, U>(values: Iterable<T>, to: (value: T) => U): Iterable<U> {
  for (const value of values) yield to(value);
}

const reaches = ({ ips, prefixes }: Attachment, prefix: string) =>
  prefixes.includes(prefix) || ips.some((ip) => prefix === hostPrefix(ip));

function sessionOf(nve: Nve, nva: Nva, peer: NvaApiSourceModules['peer']): NveSession | null {
  if (nve.kind === 'static') return null;
  if (nve.kind === 'agent') {
    return { protocol: 'nve-protocol', state: nva.isConnected(nve.name) ? 'connected' : 'not connected', since: null };
  }
  const neighbour = peer(nve.session ?? nve.tunnelAddress);
  return neighbour === undefined ? null : { protocol: 'bgp', state: neighbour.state, since: neighbour.since };
}
