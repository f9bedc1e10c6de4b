/**
 * UPDATE (RFC 4271 §4.3) with the error handling of RFC 7606: each fault says what it costs, and the routes are given
 * whatever the attributes are worth, since a treat-as-withdraw needs them.
 */
import { decodeAttributes } from '../attribute/decode.ts';
import { encodeAttributes } from '../attribute/encode.ts';
import type { PathAttributes } from '../attribute/path-attributes.ts';
import { concat, u16 } from '../bytes.ts';
import { AttributeCode, Family, type FamilyId, MessageType, NotificationCode, UpdateSubcode } from '../constants.ts';
import type { DecodeContext, EncodeContext } from '../context.ts';
import { checkUint } from '../encode-error.ts';
import { type Fault, sessionReset } from '../fault.ts';
import type { Nlri, NlriOf } from '../nlri/nlri.ts';
import { decodeNlri, encodeNlri } from '../nlri/registry.ts';
import { emptyLayout, LayoutFault, locateUpdate, type UpdateLayout } from '../update-layout.ts';
import { frame } from './header.ts';

type Ipv4Route = NlriOf<typeof Family.Ipv4Unicast>;

/** An UPDATE (RFC 4271 §4.3): routes of any family that come and go, with the attributes of those that come. */
export interface Update {
  /** The Withdrawn Routes field, IPv4 unicast. */
  readonly withdrawn: readonly Ipv4Route[];
  /** MP_REACH_NLRI and MP_UNREACH_NLRI among them. */
  readonly attributes: PathAttributes;
  /** The NLRI field, IPv4 unicast. */
  readonly nlri: readonly Ipv4Route[];
}

/** What was made of an UPDATE's octets, and what is wrong with them. */
export interface DecodedUpdate {
  /** What could be read. */
  readonly update: Update;
  /** Empty for a good UPDATE; else {@link hardest} of them is what it costs (RFC 7606 §3 h). */
  readonly faults: readonly Fault[];
}

/** Every route announced, or those of `family`, in the order of fields MP_REACH_NLRI, NLRI. */
export function announcedRoutes(update: Update): readonly Nlri[];
export function announcedRoutes<F extends FamilyId>(update: Update, family: F): readonly NlriOf<F>[];
export function announcedRoutes(update: Update, family?: FamilyId): readonly Nlri[] {
  return ofFamily([...(update.attributes.mpReachNlri?.nlri ?? []), ...update.nlri], family);
}

/** Every route withdrawn, or those of `family`, in the order of fields Withdrawn Routes, MP_UNREACH_NLRI. */
export function withdrawnRoutes(update: Update): readonly Nlri[];
export function withdrawnRoutes<F extends FamilyId>(update: Update, family: F): readonly NlriOf<F>[];
export function withdrawnRoutes(update: Update, family?: FamilyId): readonly Nlri[] {
  return ofFamily([...update.withdrawn, ...(update.attributes.mpUnreachNlri?.nlri ?? [])], family);
}

function ofFamily(routes: readonly Nlri[], family: FamilyId | undefined): readonly Nlri[] {
  return family === undefined ? routes : routes.filter((route) => route.family === family);
}

/** The family whose End-of-RIB this is, if it is one (RFC 4724 §2). */
export function endOfRib({ withdrawn, attributes, nlri }: Update): FamilyId | undefined {
  if (withdrawn.length > 0 || nlri.length > 0) return undefined;
  const keys = Object.keys(attributes);
  if (keys.length === 0) return Family.Ipv4Unicast;
  const { mpUnreachNlri } = attributes;
  return keys.length === 1 && mpUnreachNlri?.nlri.length === 0 ? mpUnreachNlri.family : undefined;
}

/** Reads the UPDATE at `bytes[start, end)`, header included, of at least 23 octets. Never throws: see the faults. */
export function decodeUpdate(bytes: Uint8Array, ctx: DecodeContext, start = 0, end = bytes.length): DecodedUpdate {
  const layout = emptyLayout();
  if (locateUpdate(bytes, start, end, layout) === LayoutFault.FieldOverrun) {
    const reason = 'Withdrawn Routes Length or Total Path Attribute Length runs past the message';
    const { UpdateMessage } = NotificationCode;
    const fault = sessionReset('update-length', start, reason, UpdateMessage, UpdateSubcode.MalformedAttributeList);
    return { update: { withdrawn: [], attributes: {}, nlri: [] }, faults: [fault] };
  }
  const options = { addPath: ctx.addPath.has(Family.Ipv4Unicast) };
  const withdrawn = decodeNlri(Family.Ipv4Unicast, bytes, layout.withdrawnStart, layout.withdrawnEnd, options);
  const decoded = decodeAttributes(bytes, layout.attributesStart, layout.attributesEnd, ctx);
  const nlri = decodeNlri(Family.Ipv4Unicast, bytes, layout.nlriStart, layout.nlriEnd, options);
  const { attributes, present } = decoded;

  const usesNextHop = layout.nlriStart < layout.nlriEnd;
  const faults = [...decoded.faults.filter((fault) => usesNextHop || !isIgnoredNextHop(fault, present))];
  faults.unshift(...(withdrawn.fault === undefined ? [] : [withdrawn.fault]));
  faults.push(...(nlri.fault === undefined ? [] : [nlri.fault]), ...missingMandatory(layout, present));
  const escalated = withoutReachableNlri(layout, present, attributes, faults);
  if (escalated !== undefined) faults.push(escalated);
  return { update: { withdrawn: withdrawn.routes, attributes, nlri: nlri.routes }, faults };
}

/** A NEXT_HOP beside multiprotocol routes alone is ignored, so its address may be anything (RFC 4760 §3). */
function isIgnoredNextHop(fault: Fault, present: ReadonlySet<number>): boolean {
  const hasOwn = present.has(AttributeCode.MpReachNlri) || present.has(AttributeCode.MpUnreachNlri);
  return fault.code === 'next-hop-address' && hasOwn;
}

/** RFC 7606 §3 d; NEXT_HOP is mandatory only for the NLRI field (RFC 4760 §3). */
export function missingMandatory(layout: UpdateLayout, present: ReadonlySet<number>): Fault[] {
  const hasNlriField = layout.nlriStart < layout.nlriEnd;
  if (!hasNlriField && !present.has(AttributeCode.MpReachNlri)) return [];
  const mandatory = [AttributeCode.Origin, AttributeCode.AsPath, ...(hasNlriField ? [AttributeCode.NextHop] : [])];
  return mandatory
    .filter((code) => !present.has(code))
    .map((code) => ({
      code: 'attribute-missing',
      outcome: 'treat-as-withdraw',
      offset: layout.attributesStart,
      reason: `mandatory attribute ${code} is missing`,
      notification: {
        code: NotificationCode.UpdateMessage,
        subcode: UpdateSubcode.MissingWellKnownAttribute,
        data: Uint8Array.of(code),
      },
      attribute: code,
    }));
}

/**
 * RFC 7606 §5.2: where attributes are in error and no route is announced beside them, the routes cannot be trusted to
 * have been found, and withdrawing none of them would be no remedy.
 */
function withoutReachableNlri(
  layout: UpdateLayout,
  present: ReadonlySet<number>,
  { mpReachNlri }: PathAttributes,
  faults: readonly Fault[],
): Fault | undefined {
  // none found although the field is not empty: the first one was cut
  const others = [...present].filter((code) => code !== AttributeCode.MpUnreachNlri);
  const hasOthers = others.length > 0 || (present.size === 0 && layout.attributesStart < layout.attributesEnd);
  const isReach = (fault: Fault) => fault.attribute === AttributeCode.MpReachNlri;
  const announces = layout.nlriStart < layout.nlriEnd || (mpReachNlri?.nlri.length ?? 0) > 0 || faults.some(isReach);
  if (!hasOthers || announces) return undefined;
  const worse = faults.find(({ outcome }) => outcome !== 'attribute-discard' && outcome !== 'ignore');
  if (worse === undefined || worse.outcome === 'session-reset') return undefined;
  const reason = `${worse.reason}, in an UPDATE that announces no route`;
  return { ...worse, code: 'update-no-reachable-nlri', outcome: 'session-reset', reason };
}

/** The message. Throws an EncodeError when it exceeds what the session allows; packing is the caller's. */
export function encodeUpdate(update: Update, ctx: EncodeContext): Uint8Array {
  const options = { addPath: ctx.addPath.has(Family.Ipv4Unicast) };
  const withdrawn = encodeNlri(Family.Ipv4Unicast, update.withdrawn, options);
  const attributes = encodeAttributes(update.attributes, ctx);
  const nlri = encodeNlri(Family.Ipv4Unicast, update.nlri, options);
  const withdrawnLength = Uint8Array.from(u16(checkUint('Withdrawn Routes Length', withdrawn.length, 0xffff)));
  const attributesLength = Uint8Array.from(u16(checkUint('Total Path Attribute Length', attributes.length, 0xffff)));
  const body = concat([withdrawnLength, withdrawn, attributesLength, attributes, nlri]);
  return frame(MessageType.Update, body, ctx.extendedMessages);
}
