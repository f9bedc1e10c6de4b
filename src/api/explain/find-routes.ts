/** The routes that an explanation is about: of one table, to one address or of flooding in one network. */
import { setImmediate as pause } from 'node:timers/promises';
import { findRoute, type Speaker } from 'bgp-ts';
import type { Federation } from '../../federation/federation.ts';
import type { SharedNetwork } from '../../federation/shares.ts';
import type { VirtualNetwork } from '../../nva/model.ts';
import type { PathSummary, RouteDetail } from '../contract/routes.ts';
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

/** Of the speaker for `domain`, or our own. Reading a large table is done in slices, with a rest between. */
export async function findRoutes(
  address: Address,
  domain: string | undefined,
  isWanted: (path: PathSummary, destination: number) => boolean,
  { source, speaker, federation }: FindModules,
): Promise<FoundRoutes> {
  const table = (domain === undefined ? speaker : federation.border(domain)?.outer)?.table;
  const routes: FoundRoute[] = [];
  let more = 0;
  let after: string | undefined;
  do {
    const rows = await source.routes({ filter: filterOf(address, domain), limit: PAGE, after });
    if (typeof rows === 'string' || table === undefined) break;
    for (const { key, best, unusable } of rows.routes) {
      const destination = findRoute(table, keyOctets(key));
      const path = best ?? unusable;
      if (destination < 0 || path === null || !isWanted(path, destination)) continue;
      if (routes.length === MOST_ROUTES) {
        more++;
        continue;
      }
      // It has all that there is to say of each neighbour.
      await pause();
      const detail = await source.route(key, domain);
      // It may have gone meanwhile, and its number be another's.
      const isThere = findRoute(table, keyOctets(key)) === destination;
      if (detail !== undefined && isThere) routes.push({ detail, destination });
    }
    after = rows.next;
    if (after !== undefined) await pause();
  } while (after !== undefined);
  return { routes, more };
}

function filterOf({ mac, ip, prefix, flooding }: Address, domain: string | undefined) {
  const type = flooding === true ? 3 : prefix === undefined ? 2 : 5;
  const given = Object.entries({ mac, ip, prefix, domain }).filter(([, value]) => value !== undefined);
  return { family: 'evpn' as const, type, ...(Object.fromEntries(given) as Partial<Record<string, string>>) };
}

/** That there are more than are gone into, and how to see those; nothing where there are not. */
export function moreSteps({ more }: FoundRoutes, address: Address, where: Parameters<typeof step>[5] = {}): Step[] {
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
