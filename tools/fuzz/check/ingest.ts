/**
 * What the way in, the tables and the way out make of UPDATEs, against a model that knows nothing of columns and
 * interning: per neighbour, the routes that the full decoder says it announced. Who holds what in the end, and that
 * nothing that is emitted has a fault, follows from that.
 */
import { isDeepStrictEqual } from 'node:util';
import type { PathAttributes } from '../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { WellKnownCommunity } from '../../../src/bgp-ts/wire/community/standard.ts';
import { Family, MessageType } from '../../../src/bgp-ts/wire/constants.ts';
import type { DecodeContext } from '../../../src/bgp-ts/wire/context.ts';
import { hardest, type Outcome } from '../../../src/bgp-ts/wire/fault.ts';
import { decodeUpdate } from '../../../src/bgp-ts/wire/message/update.ts';
import type { Random } from '../random.ts';
import { Broken } from './broken.ts';
import { Crowd } from './crowd.ts';
import { mayBeHeld } from './may-be-held.ts';
import { candidatesOf, compare, type Sender } from './model.ts';
import { type Rig, sourcesFor } from './rig.ts';
import { type Fields, fieldsOf, type Routes, withoutNlri } from './routes.ts';
import { show } from './show.ts';

const heldFamilies = [Family.Evpn, Family.RtConstrain] as const;

/** Feeds the UPDATEs among `messages` to two neighbours in turn, while others come, read, stand still and go. */
export function checkIngest(rig: Rig, messages: readonly Uint8Array[], ctx: DecodeContext, random: Random): void {
  const senders = sourcesFor(ctx).map((source): Sender => {
    const routes = { [Family.Evpn]: new Map(), [Family.RtConstrain]: new Map() };
    return { source, routes, up: true };
  });
  const updates = messages.filter((bytes) => bytes[18] === MessageType.Update);
  if (updates.length === 0) return;
  const crowd = new Crowd(rig, senders, random);
  const distribute = () => {
    rig.distribute();
    const candidates = candidatesOf(Family.Evpn, senders);
    for (const listener of rig.listeners) compare(listener, candidates);
    crowd.stir();
  };
  updates.forEach((bytes, turn) => {
    const sender = senders[turn % senders.length];
    if (!sender.up) return;
    feed(rig, sender, bytes, ctx);
    distribute();
  });
  crowd.settle();
  for (const sender of senders) {
    age(rig, sender);
    distribute();
  }
  for (const { source, routes } of senders) {
    rig.withdraw(source);
    for (const family of heldFamilies) routes[family].clear();
    distribute();
  }
  crowd.settle();
  crowd.leave();
  rig.checkEmpty();
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
    rig.withdraw(source);
    for (const family of heldFamilies) routes[family].clear();
    sender.up = false;
    return;
  }
  if (outcome !== 'treat-as-withdraw') mayBeHeld(update.attributes);
  for (const family of heldFamilies) {
    apply(routes[family], fieldsOf(family, bytes, ctx.addPath.has(family)), update.attributes, outcome);
    const held = rig.tables[family].pathsOf(source.index);
    const { size } = routes[family];
    if (held !== size) {
      throw new Broken(
        'routes-differ',
        `${held} paths of family ${family} of ${source.address}, ${size} by the model; outcome ${outcome}`,
      );
    }
  }
}

/** The model: RFC 4271 §3.1, RFC 7606 §2. */
function apply(
  routes: Routes,
  { withdrawn, announced }: Fields,
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
function age(rig: Rig, { source, routes: { [Family.Evpn]: routes } }: Sender): void {
  rig.age(source);
  for (const [key, { nlri, attributes }] of routes) {
    const { communities = [] } = attributes;
    if (communities.includes(WellKnownCommunity.NoLlgr)) routes.delete(key);
    else if (!communities.includes(WellKnownCommunity.LlgrStale)) {
      const marked = { ...attributes, communities: [...communities, WellKnownCommunity.LlgrStale] };
      routes.set(key, { nlri, attributes: marked });
    }
  }
  const held = rig.tables[Family.Evpn].pathsOf(source.index);
  if (held !== routes.size) {
    throw new Broken(
      'routes-differ',
      `${held} long-lived stale paths of ${source.address}, ${routes.size} by the model`,
    );
  }
}
