/**
 * What is in the namespaces of routers. A network with L3 service has one on each NVE that needs it: what a VRF is where the
 * kernel has VRFs. Everything in it is nved's.
 */
import { hostPrefix } from '../evpn/ip-prefix.ts';
import { destinationKey, type TunnelDestination } from './destination.ts';
import { parseFilter } from './filter-state.ts';

export interface RouterLink {
  readonly up: boolean;
  readonly mtu: number;
  /** MAC address. */
  readonly mac: string;
  /** With their prefix lengths. */
  readonly addresses: ReadonlySet<string>;
}

export interface RouterState {
  readonly links: ReadonlyMap<string, RouterLink>;
  /** Prefix → `via ADDRESS dev DEVICE` or `dev DEVICE`. */
  readonly routes: ReadonlyMap<string, string>;
  /** `DEVICE ADDRESS` → MAC address; those that are permanent. */
  readonly neighbours: ReadonlyMap<string, string>;
  /** MAC address of a router → its NVE, as `destinationKey` gives it. */
  readonly tunnels: ReadonlyMap<string, string>;
  /** Fingerprint of what is filtered and translated in it; absent without. */
  readonly filter?: string;
}

/** What `ip -n NAMESPACE -j` and `bridge -n NAMESPACE -j` print, parsed. */
export interface RouterReport {
  readonly links: unknown;
  readonly routes: unknown;
  readonly routes6: unknown;
  readonly neighbours: unknown;
  readonly fdb: unknown;
  /** `nft -j list chains` in it; undefined where there is no nft. */
  readonly chains: unknown;
}

type Raw = Readonly<Record<string, unknown>>;

/** Understands a report. What has another form than expected is left out. */
export function parseRouterState(report: RouterReport): RouterState {
  const links = new Map<string, RouterLink>();
  for (const { ifname, flags, mtu, address, addr_info: info } of records(report.links)) {
    if (typeof ifname !== 'string' || typeof mtu !== 'number') continue;
    const addresses = new Set(
      records(info).flatMap(({ local, prefixlen, scope }) => (scope === 'global' ? [`${local}/${prefixlen}`] : [])),
    );
    const up = Array.isArray(flags) && flags.includes('UP');
    links.set(ifname, { up, mtu, mac: String(address), addresses });
  }
  const routes = new Map<string, string>();
  for (const [reported, all] of [
    [report.routes, '0.0.0.0/0'],
    [report.routes6, '::/0'],
  ] as const) {
    for (const { dst, gateway, dev, protocol } of records(reported)) {
      if (typeof dst !== 'string' || protocol !== 'static') continue;
      const prefix = dst === 'default' ? all : withLength(dst);
      routes.set(prefix, gateway === undefined ? `dev ${dev}` : `via ${gateway} dev ${dev}`);
    }
  }
  const neighbours = new Map<string, string>();
  for (const { dst, dev, lladdr } of records(report.neighbours))
    if (typeof lladdr === 'string') neighbours.set(`${dev} ${dst}`, lladdr);
  const tunnels = new Map<string, string>();
  for (const { mac, dst, vni, state } of records(report.fdb)) {
    if (typeof mac !== 'string' || typeof dst !== 'string' || state !== 'permanent') continue;
    const to: TunnelDestination = { address: dst, ...(typeof vni === 'number' && { vni }) };
    tunnels.set(mac, destinationKey(to));
  }
  const filter = parseFilter(report.chains, 'inet');
  return { links, routes, neighbours, tunnels, ...(filter !== undefined && { filter }) };
}

/** iproute2 leaves the length of a host's prefix out. */
function withLength(prefix: string): string {
  return prefix.includes('/') ? prefix : hostPrefix(prefix);
}

function records(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? value.filter((one): one is Raw => typeof one === 'object' && one !== null) : [];
}
