/** What `bgp-ts decode --jsonl` answers to a {@link Question}: outcome, EVPN routes, and the octets encoded again. */
import { encodeAttributes } from '../wire/attribute/encode.ts';
import type { PathAttributes } from '../wire/attribute/path-attributes.ts';
import { toHex } from '../wire/bytes.ts';
import { decodeCapabilities, encodeCapabilities } from '../wire/capability/capability.ts';
import type { Capability } from '../wire/capability/registry.ts';
import { decodeExtendedCommunity, encodeExtendedCommunity } from '../wire/community/extended/octets.ts';
import { Family, type FamilyId, HEADER_LENGTH, MessageType } from '../wire/constants.ts';
import type { DecodeContext } from '../wire/context.ts';
import { decodeEsi, ESI_LENGTH, encodeEsi } from '../wire/esi.ts';
import { type Fault, verdict } from '../wire/fault.ts';
import { decodeDynamicCapability, encodeDynamicCapability } from '../wire/message/dynamic-capability.ts';
import { decodeMessage, encodeMessage, roleFaults } from '../wire/message/message.ts';
import { decodeParameters, encodeParameters, readParameters } from '../wire/message/open.ts';
import type { Nlri } from '../wire/nlri/nlri.ts';
import { encodeNlri } from '../wire/nlri/registry.ts';
import { decodeRd, encodeRd, RD_LENGTH } from '../wire/rd.ts';
import type { Result } from '../wire/result.ts';
import { emptyLayout, locateMultiprotocol, locateUpdate } from '../wire/update-layout.ts';
import { withAsWidth } from './as-width.ts';
import { decodeBlock } from './decode-block.ts';
import { describeEvpn, type EvpnDescription } from './describe-evpn.ts';
import { errorOf } from './error-of.ts';
import { sizeFault } from './fixed-size.ts';
import type { NoQuestion, Question } from './question.ts';
import { readRoutes } from './read-routes.ts';

export interface Answer {
  readonly id: string;
  readonly outcome: ReturnType<typeof verdict>;
  /** The NOTIFICATION, when the session is reset; there is none for a NOTIFICATION that is wrong (RFC 4271 §6.4). */
  readonly error?: { readonly code: number; readonly subcode: number };
  /** EVPN routes, announced and withdrawn alike, in the order in which they stand. */
  readonly evpn?: readonly EvpnDescription[];
  /** Octets of what was accepted, encoded from the decoded form. */
  readonly reencoded?: string;
  /** Why the question is none. */
  readonly reason?: string;
}

/** What reading came to; `encode` is only called when nothing was refused. */
interface Reading {
  readonly faults: readonly Fault[];
  readonly routes?: readonly Nlri[];
  readonly encode?: () => Uint8Array;
}

export function answer(question: Question): Answer {
  const { context, guessAsWidth } = question;
  const {
    faults,
    routes = [],
    encode,
  } = guessAsWidth ? withAsWidth(context, (ctx) => read(question, ctx)) : read(question, context);
  const evpn = routes.flatMap((route) =>
    route.family === Family.Evpn && 'type' in route ? [describeEvpn(route)] : [],
  );
  const found = { id: question.id, ...(evpn.length > 0 && { evpn }) };
  const outcome = verdict(faults);
  if (outcome === 'accept') {
    return { ...found, outcome, ...(encode !== undefined && { reencoded: toHex(encode()) }) };
  }
  if (outcome !== 'session-reset') return { ...found, outcome };
  const [first] = faults.filter((fault) => fault.outcome === outcome);
  const error = errorOf(first);
  return { ...found, outcome, ...(error !== undefined && { error }) };
}

/** Nothing can be made of what was asked, as little as of a message that ends a session. */
export function answerToNone({ id, reason }: NoQuestion & { readonly id: string }): Answer {
  return { id, outcome: 'session-reset', reason };
}

function read(question: Question, context: DecodeContext): Reading {
  const { kind, bytes } = question;
  switch (kind) {
    case 'message':
    case 'open':
      return readMessage(bytes, context);
    case 'attribute-block':
      return readBlock(question, context);
    case 'nlri-evpn':
      return readField(question, Family.Evpn);
    case 'nlri-rtc':
      return readField(question, Family.RtConstrain);
    case 'nlri-other':
      return readField(question, question.family);
    case 'capability':
      return readCapabilities(question);
    case 'ext-community':
      return readFixed(bytes, 8, (at) => encodeExtendedCommunity(decodeExtendedCommunity(bytes, at)));
    case 'rd':
      return readFixed(bytes, RD_LENGTH, (at) => encodeRd(decodeRd(bytes, at)), 1);
    case 'esi':
      return readFixed(bytes, ESI_LENGTH, (at) => encodeEsi(decodeEsi(bytes, at)), 1);
  }
}

function readMessage(bytes: Uint8Array, ctx: DecodeContext): Reading {
  const { message, faults } = decodeMessage(bytes, ctx);
  if (message === undefined) return { faults };
  const routes = message.kind === 'update' ? multiprotocolRoutes(message.value.attributes, bytes, true) : [];
  return { faults, routes, encode: () => encodeMessage(message, ctx) };
}

function readBlock({ bytes, hasNlri }: Question, ctx: DecodeContext): Reading {
  const { attributes, faults } = decodeBlock(bytes, ctx, hasNlri);
  return {
    faults,
    routes: multiprotocolRoutes(attributes, bytes, false),
    encode: () => encodeAttributes(attributes, ctx),
  };
}

/** Routes of MP_REACH_NLRI and MP_UNREACH_NLRI in the order in which these two stand in the octets. */
function multiprotocolRoutes(attributes: PathAttributes, bytes: Uint8Array, isMessage: boolean): readonly Nlri[] {
  const layout = emptyLayout();
  if (isMessage && bytes[HEADER_LENGTH - 1] === MessageType.Update) locateUpdate(bytes, 0, bytes.length, layout);
  else locateMultiprotocol(bytes, 0, bytes.length, layout);
  const reach = attributes.mpReachNlri?.nlri ?? [];
  const unreach = attributes.mpUnreachNlri?.nlri ?? [];
  const unreachFirst = layout.unreachHeader >= 0 && layout.unreachHeader < layout.reachHeader;
  return unreachFirst ? [...unreach, ...reach] : [...reach, ...unreach];
}

function readField({ bytes, context, guessAddPath }: Question, family: FamilyId): Reading {
  const told = guessAddPath ? undefined : context.addPath.has(family);
  const { routes, faults, addPath } = readRoutes(family, bytes, told);
  return { faults, routes, encode: () => encodeNlri(family, routes, { addPath }) };
}

function readCapabilities({ bytes, form }: Question): Reading {
  const end = bytes.length;
  if (form === 'dynamic') {
    const revisions = decodeDynamicCapability(bytes);
    if (!revisions.ok) return { faults: [revisions.fault] };
    return { faults: [], encode: () => encodeDynamicCapability(revisions.value) };
  }
  const read: Record<typeof form, () => Result<Capability[]>> = {
    capabilities: () => decodeCapabilities(bytes, 0, end),
    parameters: () => readParameters(bytes, 0, end, 1),
    'parameters-with-length': () => decodeParameters(bytes, 0, end),
  };
  const result = read[form]();
  if (!result.ok) return { faults: [result.fault] };
  const list = result.value;
  const faults = roleFaults(list);
  if (form === 'capabilities') return { faults, encode: () => encodeCapabilities(list) };
  return { faults, encode: () => encodeParameters(list).subarray(form === 'parameters' ? 1 : 0) };
}

/** Values of `size` octets side by side, each written again by `again`. */
function readFixed(bytes: Uint8Array, size: number, again: (at: number) => Uint8Array, most?: number): Reading {
  const fault = sizeFault(bytes, size, most);
  if (fault !== undefined) return { faults: [fault] };
  const encode = () => {
    const whole = new Uint8Array(bytes.length);
    for (let at = 0; at < bytes.length; at += size) whole.set(again(at), at);
    return whole;
  };
  return { faults: [], encode };
}
