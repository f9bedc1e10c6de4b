/**
 * What the way in, the table and the way out make of UPDATEs, against a model that knows nothing of columns and
 * interning: per neighbour, the routes that the full decoder says it announced. Who holds what in the end, and that
 * nothing that is emitted has a fault, follows from that.
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
import { AttributeCode, Family, MessageType } from '../../../src/bgp-ts/wire/constants.ts';
import type { DecodeContext } from '../../../src/bgp-ts/wire/context.ts';
import { hardest, type Outcome } from '../../../src/bgp-ts/wire/fault.ts';
import { ipv4ToNumber } from '../../../src/bgp-ts/wire/ip.ts';
import { decodeUpdate } from '../../../src/bgp-ts/wire/message/update.ts';
import { Broken } from './broken.ts';
import { mayBeHeld } from './may-be-held.ts';
import {
  classOf,
  evpnOf,
  type HeldRoute,
  type Listener,
  local,
  type Rig,
  type Routes,
  sourcesFor,
  withoutNlri,
} from './rig.ts';
import { show } from './show.ts';

/** A neighbour and what the model says it announced. */
interface Sender {
  readonly source: Source;
  /** By path identifier and key. */
  readonly routes: Routes;
  up: boolean;
}

/** Feeds the UPDATEs among `messages` to two neighbours in turn. */
export function checkIngest(rig: Rig, messages: readonly Uint8Array[], ctx: DecodeContext): void {
  const senders = sourcesFor(ctx).map((source): Sender => ({ source, routes: new Map(), up: true }));
  let turn = 0;
  for (const bytes of messages) {
    if (bytes[18] !== MessageType.Update) continue;
    const sender = senders[turn++ % senders.length];
    if (!sender.up) continue;
    feed(rig, sender, bytes, ctx);
    rig.distribute();
    for (const listener of rig.listeners) compare(listener, senders);
  }
  for (const sender of senders) {
    age(rig, sender);
    rig.distribute();
    for (const listener of rig.listeners) compare(listener, senders);
  }
  rig.clear(senders.map(({ source }) => source));
}

function feed(rig: Rig, sender: Sender, bytes: Uint8Array, ctx: DecodeContext): void {
  const { source, routes } = sender;
  const { update, faults } = decodeUpdate(bytes, ctx);
  const outcome = hardest(faults);
  const ends = outcome === 'session-reset' || outcome === 'afi-disable';
  const { fault, counts } = rig.update(source, bytes);
  if (ends !== (fault !== undefined)) {
    throw new Broken('outcome-differs', `${show(fault)} on the way in, ${show(faults)} from the decoder`);
  }
  const codes = [...new Set(faults.map(({ code }) => code))].sort();
  const counted = [...counts.faults.keys()].sort();
  if (!isDeepStrictEqual(codes, counted)) {
    throw new Broken('faults-differ', `${counted.join(' ')} on the way in, ${codes.join(' ')} from the decoder`);
  }
  if (fault !== undefined) {
    if (fault.outcome !== 'session-reset') throw new Broken('outcome-differs', `${show(fault)} ends a session`);
    const expected = faults.find((candidate) => candidate.outcome === outcome)?.notification;
    if (!isDeepStrictEqual(fault.notification, expected)) {
      throw new Broken('notification-differs', `${show(fault.notification)} instead of ${show(expected)}`);
    }
    let from = 0;
    while (from >= 0) from = rig.table.withdrawSource(source.index, from, 4096);
    routes.clear();
    sender.up = false;
    return;
  }
  if (outcome !== 'treat-as-withdraw') mayBeHeld(update.attributes);
  apply(routes, evpnOf(bytes, ctx.addPath.has(Family.Evpn)), update.attributes, outcome);
  const held = rig.table.pathsOf(source.index);
  if (held !== routes.size) {
    throw new Broken(
      'routes-differ',
      `${held} paths of ${source.address}, ${routes.size} by the model; outcome ${outcome}`,
    );
  }
}

/** The model: RFC 4271 §3.1, RFC 7606 §2. */
function apply(
  routes: Routes,
  { withdrawn, announced }: ReturnType<typeof evpnOf>,
  attributes: PathAttributes,
  outcome: Outcome | undefined,
): void {
  for (const { path } of withdrawn) routes.delete(path);
  const held = withoutNlri(attributes);
  for (const { path, nlri } of announced) {
    if (outcome === 'treat-as-withdraw') routes.delete(path);
    else routes.set(path, { nlri, attributes: held });
  }
}

/** RFC 9494 §4.2: LLGR_STALE is added to what may stay. */
function age(rig: Rig, { source, routes }: Sender): void {
  rig.age(source);
  for (const [key, { nlri, attributes }] of routes) {
    const { communities = [] } = attributes;
    if (communities.includes(WellKnownCommunity.NoLlgr)) routes.delete(key);
    else if (!communities.includes(WellKnownCommunity.LlgrStale)) {
      const marked = { ...attributes, communities: [...communities, WellKnownCommunity.LlgrStale] };
      routes.set(key, { nlri, attributes: marked });
    }
  }
  const held = rig.table.pathsOf(source.index);
  if (held !== routes.size) {
    throw new Broken(
      'routes-differ',
      `${held} long-lived stale paths of ${source.address}, ${routes.size} by the model`,
    );
  }
}

/** Whether the routes have been here before (RFC 4271 §9.1.2, RFC 4456 §8, RFC 10039 §4). */
function looped({ asPath = [], originatorId, clusterList = [], dPath = [] }: PathAttributes): boolean {
  const isOurs = (id: string, ours: number) => ipv4ToNumber(id) === ours;
  return (
    (originatorId !== undefined && isOurs(originatorId, local.routerId)) ||
    clusterList.some((id) => isOurs(id, local.clusterId)) ||
    asPath.some(({ asns }) => asns.includes(local.asn)) ||
    dPath.flat().some(({ domain }) => domain === local.domainIds[0])
  );
}

/** The listener holds each route as one of those announced it who may be heard, and no other. */
function compare({ to, routes }: Listener, senders: readonly Sender[]): void {
  const candidates = new Map<string, { readonly source: Source; readonly route: HeldRoute }[]>();
  for (const { source, routes: announced } of senders) {
    for (const [path, route] of announced) {
      if (looped(route.attributes)) continue;
      const key = path.slice(path.indexOf(' ') + 1);
      const list = candidates.get(key);
      if (list === undefined) candidates.set(key, [{ source, route }]);
      else list.push({ source, route });
    }
  }
  // routes of one UPDATE share their attributes
  const forms = new Map<PathAttributes, PathAttributes | undefined>();
  const formOf = (source: Source, { nlri, attributes }: HeldRoute): HeldRoute | undefined => {
    if (!forms.has(attributes)) forms.set(attributes, expectedAt(to, source, attributes));
    const form = forms.get(attributes);
    return form && { nlri, attributes: form };
  };
  for (const [key, list] of candidates) {
    const expected = list.map(({ source, route }) => formOf(source, route));
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

const same = (a: HeldRoute, b: HeldRoute) => a.nlri === b.nlri && isDeepStrictEqual(a.attributes, b.attributes);

/** The attributes as a neighbour of class `to` must get them, or undefined if it must not, or cannot. */
function expectedAt(to: NeighbourClass, source: Source, received: PathAttributes): PathAttributes | undefined {
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
  if (27 + 5 + hop + field.length + 258 > to.maxMessage) return undefined;
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
