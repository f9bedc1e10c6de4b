/** A route that stands for several, with which an explanation of one of them goes on. */
import { decodeNlri, emptySplit, Family, formatNlri, readRoute, type Speaker, splitEvpn } from 'bgp-ts';
import type { CrossingPart } from '../../federation/crossing.ts';
import type { SharedNetwork } from '../../federation/shares.ts';
import type { RouteDetail } from '../contract/routes.ts';
import type { Address } from '../explain-source.ts';
import type { ApiSource } from '../source.ts';
import { keyText } from '../speaker/route-view.ts';

export interface MergedRoute {
  /** As {@link RouteDetail.text}. */
  readonly text: string;
  /** By which it is asked about. */
  readonly address: Address;
  /** The network that it is in on the other side. */
  readonly share: SharedNetwork;
  readonly destination: number;
  /** Absent until the speaker that it is told to has decided on it. */
  readonly detail: RouteDetail | undefined;
}

const decoded = (nlri: Uint8Array) => decodeNlri(Family.Evpn, nlri, 0, nlri.length, { addPath: false }).routes[0];

/** How it is called. */
export function mergedText({ nlri }: CrossingPart): string {
  const route = decoded(nlri);
  return route === undefined ? '' : formatNlri(route);
}

/** As the speaker has it that it is told to, which is that of `domain`, or our own. */
export async function findMerged(
  part: CrossingPart,
  { table }: Pick<Speaker, 'table'>,
  domain: string | undefined,
  source: Pick<ApiSource, 'route'>,
): Promise<MergedRoute> {
  const { nlri, share } = part;
  const split = emptySplit();
  splitEvpn(nlri, 0, nlri.length, split);
  const destination = table.find(nlri, split);
  const key = destination < 0 ? undefined : keyText(readRoute(table, destination).key);
  const detail = key === undefined ? undefined : await source.route(key, domain);
  return { text: mergedText(part), address: addressOf(nlri), share, destination, detail };
}

function addressOf(nlri: Uint8Array): Address {
  const route = decoded(nlri);
  if (route?.kind === 'mac-ip-advertisement') return { mac: route.mac };
  if (route?.kind === 'inclusive-multicast') return { flooding: true, ip: route.originator };
  return route?.kind === 'ip-prefix' ? { prefix: route.prefix } : {};
}
