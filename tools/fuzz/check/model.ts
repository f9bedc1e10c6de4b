/**
 * What neighbours must hold, from what others announced: plain maps, and the rules as the RFCs have them. Which of
 * several routes is best is not the model's to say: one of those announced must be there.
 */
import { isDeepStrictEqual } from 'node:util';
import { maySend, type NeighbourClass } from '../../../src/bgp-ts/egress/neighbour-class.ts';
import { outboundAttributes } from '../../../src/bgp-ts/egress/outbound.ts';
import type { AttributeSet } from '../../../src/bgp-ts/rib/attribute-store.ts';
import type { Source } from '../../../src/bgp-ts/rib/source.ts';
import { decodeAttributes } from '../../../src/bgp-ts/wire/attribute/decode.ts';
import { encodeAttributes } from '../../../src/bgp-ts/wire/attribute/encode.ts';
import type { PathAttributes } from '../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { WellKnownCommunity } from '../../../src/bgp-ts/wire/community/standard.ts';
import { AttributeCode } from '../../../src/bgp-ts/wire/constants.ts';
import type { DecodeContext } from '../../../src/bgp-ts/wire/context.ts';
import { ipv4ToNumber } from '../../../src/bgp-ts/wire/ip.ts';
import { Broken } from './broken.ts';
import { local } from './local.ts';
import { classOf, type Receiver } from './receiver.ts';
import type { HeldFamilyId, HeldRoute, Routes } from './routes.ts';
import { show } from './show.ts';

/** A neighbour and what the model says it announced. */
export interface Sender {
  readonly source: Source;
  /** Of each family, by path identifier and key. */
  readonly routes: Readonly<Record<HeldFamilyId, Routes>>;
  up: boolean;
}

export interface Candidate {
  readonly source: Source;
  readonly route: HeldRoute;
}

/** The routes that may be chosen, by key. */
export function candidatesOf(family: HeldFamilyId, senders: readonly Sender[]): Map<string, Candidate[]> {
  const candidates = new Map<string, Candidate[]>();
  for (const { source, routes } of senders) {
    for (const [path, route] of routes[family]) {
      if (looped(route.attributes)) continue;
      const key = path.slice(path.indexOf(' ') + 1);
      const list = candidates.get(key);
      if (list === undefined) candidates.set(key, [{ source, route }]);
      else list.push({ source, route });
    }
  }
  return candidates;
}

/** Each route as a neighbour of class `to` must hold it, or undefined if it must not, or cannot. */
export function formsFor(to: NeighbourClass, spare = 0): (candidate: Candidate) => HeldRoute | undefined {
  // routes of one UPDATE share their attributes
  const forms = new Map<PathAttributes, PathAttributes | undefined>();
  return ({ source, route: { nlri, attributes } }) => {
    if (!forms.has(attributes)) forms.set(attributes, expectedAt(to, source, attributes, spare));
    const form = forms.get(attributes);
    return form && { nlri, attributes: form };
  };
}

/** The receiver holds each route as one of those announced that it `takes`, and no other. */
export function compare(
  { to, routes }: Receiver,
  candidates: ReadonlyMap<string, readonly Candidate[]>,
  takes: (candidate: Candidate) => boolean = () => true,
): void {
  const formOf = formsFor(to);
  for (const [key, list] of candidates) {
    const expected = list.map((candidate) => (takes(candidate) ? formOf(candidate) : undefined));
    const found = routes.get(key);
    if (found === undefined) {
      if (expected.includes(undefined)) continue;
      throw new Broken(
        'route-lost',
        `${key} does not reach ${classOf(to)}; announced: ${show(list.map(({ route }) => route))}`,
      );
    }
    if (!expected.some((route) => route !== undefined && same(route, found))) {
      throw new Broken('route-changed', `at ${classOf(to)}: ${show(found)} instead of ${show(expected)}`);
    }
  }
  for (const [key, route] of routes) {
    if (!candidates.has(key)) throw new Broken('route-stale', `${classOf(to)} still holds ${show(route)}`);
  }
}

/** Whether the routes have been here before (RFC 4271 §9.1.2, RFC 4456 §8, RFC 10039 §4). */
export function looped({ asPath = [], originatorId, clusterList = [], dPath = [] }: PathAttributes): boolean {
  const isOurs = (id: string, ours: number) => ipv4ToNumber(id) === ours;
  return (
    (originatorId !== undefined && isOurs(originatorId, local.routerId)) ||
    clusterList.some((id) => isOurs(id, local.clusterId)) ||
    asPath.some(({ asns }) => asns.includes(local.asn)) ||
    dPath.flat().some(({ domain }) => domain === local.domainIds[0])
  );
}

export const same = (a: HeldRoute, b: HeldRoute) => a.nlri === b.nlri && isDeepStrictEqual(a.attributes, b.attributes);

/**
 * The attributes as a neighbour of class `to` must get them, or undefined if it must not, or cannot; `spare` is what the
 * message needs besides.
 */
function expectedAt(
  to: NeighbourClass,
  source: Source,
  received: PathAttributes,
  spare = 0,
): PathAttributes | undefined {
  const { mpReachNlri, nextHop: _, ...others } = received;
  const communities = others.communities ?? [];
  const noAdvertise = communities.includes(WellKnownCommunity.NoAdvertise);
  const noExport =
    communities.includes(WellKnownCommunity.NoExport) || communities.includes(WellKnownCommunity.NoExportSubconfed);
  const rank = { longLivedStale: communities.includes(WellKnownCommunity.LlgrStale) };
  if (!maySend({ source, rank, noAdvertise, noExport } as AttributeSet, to) || mpReachNlri === undefined)
    return undefined;
  const sent = ofThosePresent(outboundAttributes(others, source, to, local));
  const field = encodeAttributes(sent, { asn4: to.asn4, addPath: new Set(), extendedMessages: true });
  const hop = mpReachNlri.nextHop?.includes(':') ? 16 : 4;
  // the packer keeps room for the longest NLRI
  if (27 + 5 + hop + field.length + 258 + spare > to.maxMessage) return undefined;
  // a two-octet neighbour puts the path together again from what AS_TRANS stands for (RFC 6793 §4.2.3)
  const decode: DecodeContext = { ...source.decode, asn4: to.asn4, session: to.kind === 'ebgp' ? 'ebgp' : 'ibgp' };
  const read = to.asn4 ? sent : decodeAttributes(field, 0, field.length, decode).attributes;
  return { ...read, mpReachNlri };
}

/** Where all extended communities were left out, so is that they came with the Partial bit. */
function ofThosePresent(attributes: PathAttributes): PathAttributes {
  const { partial = [], ...rest } = attributes;
  const left = partial.filter(
    (code) => code !== AttributeCode.ExtendedCommunities || rest.extendedCommunities !== undefined,
  );
  return left.length === 0 ? rest : { ...rest, partial: left };
}
