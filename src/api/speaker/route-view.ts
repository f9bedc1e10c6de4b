/** Routes of the table as the API's routes. Pure but for a cache of decoded attributes. */
import {
  AttributeFlag,
  type AttributeKey,
  type AttributeSet,
  attributeRow,
  comparePaths,
  decodeAttributes,
  describeExtendedCommunity,
  type EvpnNlri,
  Family,
  formatAttribute,
  formatEsi,
  formatExtendedCommunity,
  formatNlri,
  formatRd,
  isAddressed,
  isRouteTarget,
  joinRoute,
  maySend,
  type NeighbourTraits,
  type PathAttributes,
  type PathView,
  readRoute,
  type Source,
  type SourceKind,
  type Speaker,
  toHex,
} from 'bgp-ts';
import type { Attribute } from '../contract/attributes.ts';
import type { Decision, Path, PathSummary, Route, RouteDetail } from '../contract/routes.ts';
import { attributeJson } from './attribute-json.ts';

/** RFC 9012 §6 and IANA's registry, as operators write them. */
const encapsulations = new Map([
  [1, 'l2tpv3'],
  [2, 'gre'],
  [8, 'vxlan'],
  [9, 'nvgre'],
  [10, 'mpls'],
  [11, 'mpls-in-gre'],
  [12, 'vxlan-gpe'],
  [13, 'mpls-in-udp'],
  [19, 'geneve'],
]);

/** Why a path may not be used, whatever an admission says. */
export const ineligible = {
  'originator-loop': 'ORIGINATOR_ID is our own router id: the route began here (RFC 4456 §8)',
  'cluster-loop': 'CLUSTER_LIST has our own cluster id: the route was reflected here before (RFC 4456 §8)',
  'domain-loop': 'D-PATH has a domain of ours: the route has been in it before (RFC 10039 §4)',
  'as-loop': 'AS_PATH has our own AS: the route has been here before (RFC 4271 §9.1.2)',
} as const;

/** Attributes of sets that were looked at; they go when the set goes. */
export type AttributeCache = WeakMap<AttributeSet, PathAttributes>;

function attributesOf(set: AttributeSet, cache: AttributeCache): PathAttributes {
  let attributes = cache.get(set);
  if (attributes === undefined) {
    ({ attributes } = decodeAttributes(set.block, 0, set.block.length, set.source.decode));
    cache.set(set, attributes);
  }
  return attributes;
}

export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64url');
}

export function keyOctets(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64url'));
}

function routeKey(key: Uint8Array, nlri: EvpnNlri) {
  const esiIsKey = nlri.kind === 'ethernet-auto-discovery' || nlri.kind === 'ethernet-segment';
  return {
    key: keyText(key),
    family: 'evpn' as const,
    type: key[0] as number,
    text: formatNlri(nlri),
    rd: 'rd' in nlri ? formatRd(nlri.rd) : null,
    ethernetTag: 'ethernetTag' in nlri ? nlri.ethernetTag : null,
    esi: esiIsKey ? formatEsi(nlri.esi) : null,
    mac: nlri.kind === 'mac-ip-advertisement' ? nlri.mac : null,
    ip: nlri.kind === 'mac-ip-advertisement' ? (nlri.ip ?? null) : null,
    prefix: nlri.kind === 'ip-prefix' ? nlri.prefix : null,
    originator: 'originator' in nlri ? nlri.originator : null,
    octets: (key[0] as number) > 5 ? toHex(key, 1) : null,
  };
}

function labelsOf(nlri: EvpnNlri, attributes: PathAttributes): number[] {
  switch (nlri.kind) {
    case 'mac-ip-advertisement':
      return nlri.label2 === undefined ? [nlri.label1] : [nlri.label1, nlri.label2];
    case 'ethernet-auto-discovery':
    case 'ip-prefix':
      return [nlri.label];
    case 'inclusive-multicast':
      // RFC 7432 §11.2: a type 3 has its label in the PMSI tunnel attribute.
      return attributes.pmsiTunnel === undefined ? [] : [attributes.pmsiTunnel.label];
    default:
      return [];
  }
}

const noAddress = new Set(['0.0.0.0', '::']);

function pathSummary(nlri: EvpnNlri, path: PathView, set: AttributeSet, attributes: PathAttributes): PathSummary {
  const communities = attributes.extendedCommunities ?? [];
  let encapsulation: string | null = null;
  let mobility: PathSummary['mobility'] = null;
  for (const community of communities) {
    const view = describeExtendedCommunity(community);
    if (view.kind === 'encapsulation') encapsulation = encapsulations.get(view.tunnelType) ?? String(view.tunnelType);
    if (view.kind === 'mac-mobility') mobility = { sequence: view.sequence, sticky: view.sticky };
  }
  return {
    peer: set.source.address,
    nextHop: attributes.mpReachNlri?.nextHop ?? 'none',
    vnis: labelsOf(nlri, attributes),
    esi: nlri.kind === 'mac-ip-advertisement' || nlri.kind === 'ip-prefix' ? formatEsi(nlri.esi) : null,
    gateway: nlri.kind === 'ip-prefix' && !noAddress.has(nlri.gateway) ? nlri.gateway : null,
    routeTargets: communities
      .filter(isRouteTarget)
      .map((target) => formatExtendedCommunity(target).replace(/^RT:/, '')),
    encapsulation,
    mobility,
    since: new Date(path.since * 1000).toISOString(),
    longLivedStale: set.rank.longLivedStale,
    stale: path.stale,
  };
}

/** One destination with what the API's filters look at, for each of its paths. */
export interface RouteRow {
  readonly route: Route;
  readonly summaries: readonly PathSummary[];
}

export function routeRow(speaker: Speaker, destination: number, cache: AttributeCache): RouteRow | undefined {
  const { table, attributes: store, riders } = speaker;
  const paths = table.pathsTo(destination);
  if (paths.length === 0) return undefined;
  const { key } = readRoute(table, destination);
  const bestSet = table.sentSet(destination);
  const summaries: PathSummary[] = [];
  let best: PathSummary | null = null;
  let first: EvpnNlri | undefined;
  for (const path of paths) {
    const nlri = joinRoute(key, riders.get(path.rider));
    if (nlri === undefined) continue;
    const set = store.get(path.set);
    const summary = pathSummary(nlri, path, set, attributesOf(set, cache));
    first ??= nlri;
    summaries.push(summary);
    if (path.set === bestSet && best === null) best = summary;
  }
  if (first === undefined) return undefined;
  const unusable = best === null ? (summaries[0] ?? null) : null;
  return { route: { ...routeKey(key, first), paths: paths.length, best, unusable }, summaries };
}

/** `explain` says in words what an admission has against a route. */
export function routeDetail(
  speaker: Speaker,
  destination: number,
  cache: AttributeCache,
  explain: (refusal: number) => string,
): RouteDetail | undefined {
  const { table, attributes: store, riders } = speaker;
  const views = table.pathsTo(destination);
  if (views.length === 0) return undefined;
  const { key, type } = readRoute(table, destination);
  const bestSetId = table.sentSet(destination);
  const bestSet = bestSetId < 0 ? undefined : store.get(bestSetId);
  // Of two paths that differ in their labels alone, the first.
  const bestView = views.find(({ set }) => set === bestSetId);
  const usable: AttributeSet[] = [];
  for (const { set } of views) if (store.eligible(set)) usable.push(store.get(set));
  const paths: Path[] = [];
  let first: EvpnNlri | undefined;
  for (const view of views) {
    const nlri = joinRoute(key, riders.get(view.rider));
    if (nlri === undefined) continue;
    first ??= nlri;
    const set = store.get(view.set);
    const attributes = attributesOf(set, cache);
    const lost = bestSet !== undefined && set !== bestSet && set.ineligible === undefined;
    paths.push({
      ...pathSummary(nlri, view, set, attributes),
      pathId: set.source.decode.addPath.has(Family.Evpn) ? view.pathId : null,
      best: view === bestView,
      usable: set.ineligible === undefined,
      unusableBecause: whyUnusable(set, explain),
      lost: lost ? whyLost(bestSet, set, usable, type) : null,
      labels: labelsOf(nlri, attributes),
      attributes: attributeViews(attributes),
    });
  }
  if (first === undefined) return undefined;
  paths.sort((a, b) => Number(b.best) - Number(a.best));
  return {
    ...routeKey(key, first),
    paths,
    decision: bestSet === undefined ? null : whyBest(bestSet, usable, type, views.length),
    advertised: advertisedTo(speaker, destination, bestSet, usable),
  };
}

function whyUnusable({ ineligible: why, refusal }: AttributeSet, explain: (refusal: number) => string): string | null {
  if (why === undefined) return null;
  return why === 'refused' ? explain(refusal) : ineligible[why];
}

/** The step between the best path and the runner-up, the best of the others. */
function whyBest(best: AttributeSet, usable: readonly AttributeSet[], type: number, paths: number): Decision {
  let runnerUp: AttributeSet | undefined;
  for (const set of usable) {
    if (set === best) continue;
    if (runnerUp === undefined || comparePaths(set.rank, runnerUp.rank, type === 2).order < 0) runnerUp = set;
  }
  if (runnerUp !== undefined) return whyLost(best, runnerUp, usable, type);
  const only = paths === 1 ? 'it is the only path' : 'it is the only path that may be used';
  return { step: 'only-path', text: only, reference: null };
}

function whyLost(best: AttributeSet, lost: AttributeSet, usable: readonly AttributeSet[], type: number): Decision {
  const against = (winner: AttributeSet) => comparePaths(winner.rank, lost.rank, type === 2);
  let winner = best;
  let { order, step } = against(best);
  if (order > 0) {
    // By itself better than the best, but out of the decision for its MED (RFC 4271 §9.1.2.2 c).
    for (const other of usable) {
      const verdict = against(other);
      if (verdict.order < 0 && verdict.step?.name === 'med')
        [winner, order, step] = [other, verdict.order, verdict.step];
    }
  }
  if (step === undefined || order > 0) return { step: 'tie', text: 'nothing tells them apart', reference: null };
  const [won, gave] = [step.show(winner.rank), step.show(lost.rank)];
  const values = step.relation === 'not' ? `${won}, not ${gave}` : `${won} ${step.relation} ${gave}`;
  return { step: step.name, text: `${step.reason} (${values})`, reference: step.section };
}

/** `best` is the best path's set, `usable` those of all paths that may be used. */
function advertisedTo(
  speaker: Speaker,
  destination: number,
  best: AttributeSet | undefined,
  usable: readonly AttributeSet[],
): RouteDetail['advertised'] {
  const peers: RouteDetail['advertised']['peers'] = [];
  for (const neighbour of speaker.neighbours) {
    const { address, source, negotiated } = neighbour;
    if (source === undefined || negotiated === undefined) continue;
    const to = speaker.traitsOf(neighbour);
    if (to === undefined) continue;
    const takesAll = negotiated.addPathSend.has(Family.Evpn);
    const offered = takesAll ? usable.find((set) => set.source !== source && maySend(set, to)) : best;
    const isOffered = offered !== undefined && offered.source !== source && maySend(offered, to);
    const withheld = isOffered ? speaker.withheld(neighbour, offered, destination) : undefined;
    let reason: string;
    if (!isOffered) reason = untold[whyNotTold(source, best, to)];
    else if (withheld === 'not-wanted') {
      reason = untold[neighbour.derived === undefined ? 'not-asked-for' : 'not-derived'];
    } else if (withheld === 'cannot-take') reason = neighbour.heldBack[0]?.reason ?? untold['cannot-take'];
    else if (takesAll) reason = 'it takes every usable path of another neighbour (RFC 7911)';
    else if (to.hearsOwnOnly === true) reason = 'what crosses into a neighbour domain is told to all of its sessions';
    else reason = whyTold(source.kind, offered.source.kind);
    peers.push({ address, advertised: isOffered && withheld === undefined, reason });
  }
  return { count: peers.filter((peer) => peer.advertised).length, peers };
}

function whyTold(to: SourceKind, from: SourceKind): string {
  if (to === 'ebgp') return 'external neighbours are sent every best path (RFC 4271 §9.2)';
  if (to === 'client') return 'clients are sent every best path (RFC 4456 §6)';
  return `non-clients are sent what ${from === 'client' ? 'clients' : 'external neighbours'} announce (RFC 4456 §6)`;
}

/** Why a neighbour is not told of a route. */
export const untold = {
  'no-path': 'no path may be used',
  'own-path': 'the best path came from it',
  'same-domain': 'it came from the same neighbour domain, to which nothing is passed on',
  'for-gateways': 'it is for gateways to another domain, and it is none of them',
  'is-gateway': 'it is a gateway to that domain, and is told where tunnels really end',
  'long-lived-stale': 'the route is long-lived stale, which it does not know (RFC 9494 §4.3)',
  'no-advertise': 'the route has the community no-advertise (RFC 1997)',
  'no-export': 'the route has the community no-export (RFC 1997)',
  'non-client': 'both it and the route are non-client (RFC 4456 §6)',
  'not-asked-for': 'it asked for none of the route targets (RFC 4684 §6)',
  'not-derived': 'it announces no route with one of the VNIs of the route targets (interest: derived)',
  'cannot-take': 'it cannot take such a route',
} as const;

function whyNotTold(to: Source, set: AttributeSet | undefined, traits: NeighbourTraits): keyof typeof untold {
  if (set === undefined) return 'no-path';
  if (set.source === to) return 'own-path';
  if (traits.hearsOwnOnly === true && set.source.kind !== 'local') return 'same-domain';
  const { audience } = set.source;
  if (audience !== undefined && !isAddressed(set.source, traits)) {
    return 'only' in audience ? 'for-gateways' : 'is-gateway';
  }
  if (set.rank.longLivedStale && traits.longLived !== true) return 'long-lived-stale';
  if (set.noAdvertise) return 'no-advertise';
  return to.kind === 'ebgp' ? 'no-export' : 'non-client';
}

function attributeViews(attributes: PathAttributes): Attribute[] {
  const { unknown = [], partial = [], ...known } = attributes;
  const views: Attribute[] = [];
  for (const [name, value] of Object.entries(known)) {
    const key = name as AttributeKey & keyof PathAttributes;
    const { code, flags, name: title } = attributeRow(key);
    views.push({
      code,
      name: title,
      flags: flagsView(flags, partial.includes(code)),
      text: formatAttribute(key, value as never),
      value: attributeJson(value),
    });
  }
  for (const { code, flags, value } of unknown) {
    const octets = toHex(value);
    const isPartial = (flags & AttributeFlag.Partial) !== 0;
    views.push({ code, name: 'UNKNOWN', flags: flagsView(flags, isPartial), text: octets, value: octets });
  }
  return views.sort((a, b) => a.code - b.code);
}

function flagsView(flags: number, partial: boolean) {
  return {
    optional: (flags & AttributeFlag.Optional) !== 0,
    transitive: (flags & AttributeFlag.Transitive) !== 0,
    partial,
  };
}
