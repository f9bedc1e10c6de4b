/** The routes that an explanation is about: of one table, to one address or of flooding in one network. */
import { setImmediate as pause } from 'node:timers/promises';
import { findRoute, type Speaker } from 'bgp-ts';
import { hostOf } from '../../evpn/ip-prefix.ts';
import type { Federation } from '../../federation/federation.ts';
import type { SharedNetwork } from '../../federation/shares.ts';
import type { VirtualNetwork } from '../../nva/model.ts';
import type { PathSummary, RouteDetail, RouteFilter } from '../contract/routes.ts';
import type { Address } from '../explain-source.ts';
import type { NvaSource } from '../nva-source.ts';
import type { ApiSource } from '../source.ts';
import { keyOctets } from '../speaker/route-view.ts';
import { type Step, step } from './step.ts';

export interface FoundRoute {
  readonly detail: RouteDetail;
  readonly destination: number;
}

export interface FoundRoutes {
  readonly routes: readonly FoundRoute[];
  /** Those besides that are not gone into. */
  readonly more: number;
}

export interface FindModules {
  readonly source: Pick<ApiSource, 'routes' | 'route'>;
  readonly speaker: Speaker;
  readonly federation: Federation;
}

/** Routes that are gone into; more are as many hosts with one address, or a network with as many NVEs. */
const MOST_ROUTES = 32;
const PAGE = 256;

/** As it is told about. */
export function subjectOf({ mac, ip, prefix, flooding }: Address): string {
  if (flooding === true) return ip === undefined ? 'flooding' : `flooding to ${ip}`;
  return mac ?? ip ?? prefix ?? '';
}

/** Routes that are looked for. */
export interface Wanted {
  readonly is: (path: PathSummary, destination: number) => boolean;
  /** So many of them are gone into, and the others are counted; {@link MOST_ROUTES} when absent. */
  readonly most?: number;
}

/**
 * Of the speaker for `domain`, or our own, each kind that is wanted. Its table is read once for a filter, in slices where it is
 * large, with a rest between.
 */
export async function findRoutes<Kind extends string>(
  filters: readonly RouteFilter[],
  domain: string | undefined,
  wanted: Readonly<Record<Kind, Wanted>>,
  { source, speaker, federation }: FindModules,
): Promise<Readonly<Record<Kind, FoundRoutes>>> {
  const table = (domain === undefined ? speaker : federation.border(domain)?.outer)?.table;
  const kinds = Object.entries<Wanted>(wanted).map(([kind, { is, most = MOST_ROUTES }]) => {
    const found: { readonly routes: FoundRoute[]; more: number } = { routes: [], more: 0 };
    return { kind, is, most, found };
  });
  for (const filter of filters) {
    let after: string | undefined;
    do {
      const rows = await source.routes({ filter: { ...filter, domain }, limit: PAGE, after });
      if (typeof rows === 'string' || table === undefined) break;
      for (const { key, best, unusable } of rows.routes) {
        const destination = findRoute(table, keyOctets(key));
        const path = best ?? unusable;
        if (destination < 0 || path === null) continue;
        const isOf = kinds.filter(({ is }) => is(path, destination));
        const isShown = isOf.filter(({ found, most }) => found.routes.length < most);
        for (const one of isOf) if (!isShown.includes(one)) one.found.more++;
        if (isShown.length === 0) continue;
        // It has all that there is to say of each neighbour.
        await pause();
        const detail = await source.route(key, domain);
        // It may have gone meanwhile, and its number be another's.
        const isThere = findRoute(table, keyOctets(key)) === destination;
        if (detail === undefined || !isThere) continue;
        for (const { found } of isShown) found.routes.push({ detail, destination });
      }
      after = rows.next;
      if (after !== undefined) await pause();
    } while (after !== undefined);
  }
  const all: Readonly<Record<string, FoundRoutes>> = Object.fromEntries(kinds.map(({ kind, found }) => [kind, found]));
  return all as Readonly<Record<Kind, FoundRoutes>>;
}

/** By which the routes to an address are found: of an L3 network also those of hosts, of type 2 (RFC 9135 §5.1). */
export function filtersOf({ mac, ip, prefix, flooding }: Address, { service }: VirtualNetwork): readonly RouteFilter[] {
  const family = 'evpn';
  if (flooding === true) return [{ family, type: 3, ip }];
  if (prefix === undefined) return [{ family, type: 2, mac, ip }];
  const host = service === 'l3' ? hostOf(prefix) : undefined;
  return [{ family, type: 5, prefix }, ...(host === undefined ? [] : [{ family, type: 2, ip: host } as const])];
}

/** That there are more than are gone into, and how to see those; nothing where there are not. */
export function moreSteps(
  { more }: Pick<FoundRoutes, 'more'>,
  address: Address,
  where: Parameters<typeof step>[5] = {},
): Step[] {
  if (more === 0) return [];
  const why = `${more} more ${more === 1 ? 'route' : 'routes'}, not shown; ${narrower(address)}`;
  return [step('announced', 'note', 'more-routes', subjectOf(address), why, where)];
}

function narrower({ mac, ip, prefix, flooding }: Address): string {
  if (flooding === true && ip === undefined) return 'narrow by ip, the address of one end';
  if (mac !== undefined) return 'narrow by asking for one of its IP addresses';
  if (ip !== undefined && flooding !== true) return 'narrow by asking for one of its MAC addresses';
  return `the list of routes has them all, by its filter ${prefix === undefined ? 'ip' : 'prefix'}`;
}

export function isOfNetwork(path: PathSummary, { vni, routeTargets }: VirtualNetwork, nva: NvaSource): boolean {
  const targets = routeTargets.length > 0 ? routeTargets : nva.automaticRouteTargets(vni);
  return path.vnis.includes(vni) || path.routeTargets.some((target) => targets.includes(target));
}

export const isOfShare = ({ vnis, routeTargets }: PathSummary, { wire }: SharedNetwork): boolean =>
  vnis.includes(wire.vni) || routeTargets.includes(wire.routeTarget);
