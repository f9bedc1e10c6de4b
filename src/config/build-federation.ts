import { dirname, resolve } from 'node:path';
import { automaticRouteTarget } from '../evpn/route-target.ts';
import {
  type CrossingRate,
  type Direction,
  defaultKeepStale,
  defaultLimits,
  defaultRate,
  type NeighbourDomain,
  type Share,
} from '../federation/model.ts';
import { parseTunnelAddress } from './address.ts';
import { parseDomainId } from './domain-id.ts';
import { parseEsi } from './esi.ts';
import { valid } from './parsed.ts';
import { parseRouteTarget } from './route-target.ts';
import type { ConfigFile } from './schema.ts';

type Entry = NonNullable<ConfigFile['federation']>[number];
type ShareEntry = Extract<Entry['virtualNetworks'], readonly unknown[]>[number];

/** A neighbour domain as a valid entry means it; its sessions are built like those of all peers. */
export function buildNeighbourDomain(
  entry: Entry,
  ours: { readonly asn: number; readonly path: string },
): NeighbourDomain {
  const at = (file: string) => resolve(dirname(ours.path), file);
  const { asn, domain, virtualNetworks, limits, rate, policy, api } = entry;
  return {
    domain,
    asn,
    domainId: entry.domainId === undefined ? `${asn}:0` : valid(parseDomainId(entry.domainId)),
    networks: networks(virtualNetworks, asn, ours.asn),
    keepStale: entry.keepStale ?? defaultKeepStale,
    limits: { ...defaultLimits, ...given(limits ?? {}) },
    rate: { import: crossingRate(rate?.import), export: crossingRate(rate?.export) },
    policy: {
      ...(policy?.import !== undefined && { import: at(policy.import) }),
      ...(policy?.export !== undefined && { export: at(policy.export) }),
    },
    ...(api !== undefined && { api: { url: api.url.replace(/\/+$/, ''), token: at(api.token) } }),
  };
}

function networks(entry: Entry['virtualNetworks'], asn: number, ourAsn: number): NeighbourDomain['networks'] {
  if (Array.isArray(entry)) return entry.map((share) => shareOf(share, asn));
  const written = entry === 'all' ? undefined : entry.gateways;
  const { vniOffset = 0, routeTargetAsn = ourAsn, interconnectSegment } = entry === 'all' ? {} : entry;
  return { vniOffset, routeTargetAsn, gateways: gateways(written), ...segment(interconnectSegment) };
}

function shareOf({ name, remote, gateways: written, interconnectSegment }: ShareEntry, asn: number): Share {
  const shared = { network: name, gateways: gateways(written), ...segment(interconnectSegment) };
  if (remote === undefined) return shared;
  const { vni, routeTarget } = remote;
  const target = routeTarget === undefined ? undefined : valid(parseRouteTarget(routeTarget));
  // Without a number it is ours, which is not known before the network is.
  if (vni === undefined) return { ...shared, ...(target !== undefined && { remote: { routeTarget: target } }) };
  return { ...shared, remote: { vni, routeTarget: target ?? automaticRouteTarget(asn, vni) } };
}

function segment(written: string | undefined): Pick<Share, 'segment'> {
  return written === undefined ? {} : { segment: valid(parseEsi(written)) };
}

type GatewaysEntry = NonNullable<ShareEntry['gateways']>;
type GroupEntry = Exclude<GatewaysEntry, readonly unknown[]>[Direction];

function gateways(entry: GatewaysEntry = {}): Share['gateways'] {
  const of = (direction: Direction) => group(directionOf(entry, direction));
  const [out, into] = [of('export'), of('import')];
  const anycast = {
    ...(out.anycast !== undefined && { export: out.anycast }),
    ...(into.anycast !== undefined && { import: into.anycast }),
  };
  const lists = { export: out.members, import: into.members };
  return Object.keys(anycast).length === 0 ? lists : { ...lists, anycast };
}

/** What is written for both directions is written for each. */
function directionOf(entry: GatewaysEntry, direction: Direction): GroupEntry {
  if (Array.isArray(entry)) return entry;
  const { anycast, members } = entry;
  return anycast === undefined || members === undefined ? entry[direction] : { anycast, members };
}

function group(entry: GroupEntry = []): { readonly anycast?: string; readonly members: readonly string[] } {
  const parsed = (text: string) => valid(parseTunnelAddress(text)).text;
  if (Array.isArray(entry)) return { members: entry.map(parsed) };
  return { anycast: parsed(entry.anycast), members: entry.members.map(parsed) };
}

function crossingRate(entry: NonNullable<Entry['rate']>['import']): CrossingRate {
  return {
    delay: entry?.delay ?? defaultRate.delay,
    changesPerSecond: entry?.changesPerSecond,
    flap: { ...defaultRate.flap, ...given(entry?.flap ?? {}) },
  };
}

function given<T extends object>(map: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as never;
}
