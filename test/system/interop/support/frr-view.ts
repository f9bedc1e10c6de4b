/** What FRR says of itself, in its own words. */
import type { Frr } from '../../support/frr.ts';
import { until } from '../../support/until.ts';

export interface FrrPath {
  readonly valid: boolean;
  readonly bestpath?: { readonly overall?: boolean; readonly selectionReason?: string };
  readonly vni?: string;
  readonly aspath?: { readonly string: string };
  readonly origin: string;
  readonly metric?: number;
  readonly locPrf?: number;
  readonly extendedCommunity?: { readonly string: string };
  readonly originatorId?: string;
  readonly clusterList?: { readonly list: readonly string[] };
  readonly pmsi?: { readonly tunnelType: string; readonly label: number };
  readonly nexthops: readonly { readonly ip: string }[];
  readonly peer: { readonly peerId: string };
}

type Table = Readonly<Record<string, Readonly<Record<string, { readonly paths?: readonly (readonly FrrPath[])[] }>>>>;

/** All paths by `RD PREFIX`, as in `10.0.0.11:3 [3]:[0]:[32]:[10.0.0.11]`. */
export async function pathsOf(frr: Frr): Promise<ReadonlyMap<string, readonly FrrPath[]>> {
  const table = (await frr.json<Table>('show bgp l2vpn evpn route detail')) ?? {};
  const routes = Object.entries(table).flatMap(([rd, prefixes]) =>
    Object.entries(typeof prefixes === 'object' ? prefixes : {}).flatMap(([prefix, { paths }]) =>
      paths === undefined ? [] : [[`${rd} ${prefix}`, paths.flat()] as const],
    ),
  );
  return new Map(routes);
}

/** The only path of a route; waits for it. */
export async function pathOf(frr: Frr, route: string, within = 10_000): Promise<FrrPath> {
  let last: readonly string[] = [];
  return until(
    async () => {
      const paths = await pathsOf(frr);
      last = [...paths.keys()];
      return paths.get(route)?.[0];
    },
    { within, every: 100, what: () => `${route} at FRR, which has ${last.join(', ') || 'none'}` },
  );
}

/** Waits until a route is gone. */
export async function forgotten(frr: Frr, route: string, within = 10_000): Promise<void> {
  await until(async () => !(await pathsOf(frr)).has(route), { within, every: 100, what: `the end of ${route} at FRR` });
}

export interface FrrNeighbour {
  readonly bgpState: string;
  readonly connectionsEstablished: number;
  readonly connectionsDropped: number;
  readonly messageStats: {
    readonly updatesRecv: number;
    readonly routeRefreshSent: number;
    readonly routeRefreshRecv: number;
    readonly notificationsSent: number;
  };
  readonly neighborCapabilities?: Readonly<Record<string, unknown>>;
}

export async function neighbourOf(frr: Frr, address: string): Promise<FrrNeighbour | undefined> {
  return (await frr.json<Record<string, FrrNeighbour>>(`show bgp neighbors ${address}`))?.[address];
}

export async function established(frr: Frr, address: string, within = 20_000): Promise<void> {
  let state: string | undefined;
  await until(
    async () => {
      state = (await neighbourOf(frr, address))?.bgpState;
      return state === 'Established';
    },
    { within, every: 100, what: () => `FRR's session with ${address}, which is in ${state}` },
  );
}
