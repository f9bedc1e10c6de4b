/** Any BGP message between its octets and its decoded form. */
import { u16 } from '../bytes.ts';
import type { Capability } from '../capability/registry.ts';
import { isBgpRole } from '../capability/role.ts';
import { HEADER_LENGTH, HeaderSubcode, MessageType, NotificationCode, OpenSubcode } from '../constants.ts';
import type { DecodeContext, EncodeContext } from '../context.ts';
import { type Fault, sessionReset } from '../fault.ts';
import type { Result } from '../result.ts';
import { headerFault, messageLength } from './header.ts';
import { encodeKeepalive } from './keepalive.ts';
import { decodeNotification, encodeNotification, type Notification } from './notification.ts';
import { isSubcodeOf } from './notification-names.ts';
import { decodeOpen, encodeOpen, type Open } from './open.ts';
import { decodeRouteRefresh, encodeRouteRefresh, type RouteRefresh } from './route-refresh.ts';
import { decodeUpdate, encodeUpdate, type Update } from './update.ts';

/** Any BGP message, decoded; `kind` tells which. */
export type Message =
  | { readonly kind: 'open'; readonly value: Open }
  | { readonly kind: 'update'; readonly value: Update }
  | { readonly kind: 'notification'; readonly value: Notification }
  | { readonly kind: 'keepalive' }
  | { readonly kind: 'route-refresh'; readonly value: RouteRefresh };

/** What was made of a message's octets, and what is wrong with them. */
export interface DecodedMessage {
  /** Undefined when nothing could be made of the octets. */
  readonly message: Message | undefined;
  /** In the order in which they were found; empty when nothing is wrong. */
  readonly faults: readonly Fault[];
}

/** ROUTE-REFRESH before it had a number of its own; sent to nobody who did not offer capability 128. */
const CISCO_ROUTE_REFRESH = 128;

/** Reads the one message that `bytes` holds, header included. Never throws: what is wrong is among the faults. */
export function decodeMessage(bytes: Uint8Array, ctx: DecodeContext): DecodedMessage {
  const fault =
    bytes.length < HEADER_LENGTH
      ? lengthFault(bytes.length, bytes.length)
      : headerFault(bytes, 0, ctx.extendedMessages);
  const length = messageLength(bytes, 0);
  // a session refuses the type (it is nobody's who speaks the RFCs), whoever reads a capture wants to know what it says
  if (fault?.code === 'header-type' && length === bytes.length && bytes[HEADER_LENGTH - 1] === CISCO_ROUTE_REFRESH) {
    return fromRouteRefresh(decodeRouteRefresh(bytes, ctx));
  }
  // a length that is not there weighs more than a type that is not known
  if (fault !== undefined && (fault.code !== 'header-type' || length === bytes.length)) {
    return { message: undefined, faults: [fault] };
  }
  if (length !== bytes.length) return { message: undefined, faults: [lengthFault(length, bytes.length)] };
  switch (bytes[HEADER_LENGTH - 1]) {
    case MessageType.Open:
      return fromOpen(decodeOpen(bytes));
    case MessageType.Update: {
      const { update, faults } = decodeUpdate(bytes, ctx);
      return { message: { kind: 'update', value: update }, faults };
    }
    case MessageType.Notification:
      return fromNotification(decodeNotification(bytes));
    case MessageType.RouteRefresh:
      return fromRouteRefresh(decodeRouteRefresh(bytes, ctx));
    default:
      return { message: { kind: 'keepalive' }, faults: [] };
  }
}

/** The message's octets, header included. Throws an EncodeError for one that has no encoding or is too long. */
export function encodeMessage(message: Message, ctx: EncodeContext): Uint8Array {
  switch (message.kind) {
    case 'open':
      return encodeOpen(message.value);
    case 'update':
      return encodeUpdate(message.value, ctx);
    case 'notification':
      return encodeNotification(message.value, ctx.extendedMessages);
    case 'keepalive':
      return encodeKeepalive();
    case 'route-refresh':
      return encodeRouteRefresh(message.value, ctx.extendedMessages);
  }
}

/**
 * A role that is not defined is one that no peer with a role of its own can take; a session that has none passes it over
 * (RFC 9234 §4.2), so this is for those who read the message.
 */
function fromOpen(result: Result<Open>): DecodedMessage {
  if (!result.ok) return { message: undefined, faults: [result.fault] };
  return { message: { kind: 'open', value: result.value }, faults: roleFaults(result.value.capabilities) };
}

/** What is said of roles that Table 1 of RFC 9234 does not have, as {@link decodeMessage} does of an OPEN's. */
export function roleFaults(capabilities: readonly Capability[]): Fault[] {
  return capabilities.flatMap((capability) => {
    if (capability.kind !== 'role' || isBgpRole(capability.value)) return [];
    const reason = `role ${capability.value} is not defined, and goes with no role`;
    const { OpenMessage } = NotificationCode;
    return [sessionReset('open-role', HEADER_LENGTH, reason, OpenMessage, OpenSubcode.RoleMismatch)];
  });
}

/**
 * A NOTIFICATION ends the session whatever it holds. One with a subcode that its code does not have, and which should
 * have been 0, is in error, which is noticed here and cannot be told to the sender (RFC 4271 §4.5, §6.4): its fault maps
 * to no NOTIFICATION.
 */
function fromNotification(value: Notification): DecodedMessage {
  const message = { kind: 'notification', value } as const;
  if (isSubcodeOf(value.code, value.subcode)) return { message, faults: [] };
  const reason = `error code ${value.code} has no subcode ${value.subcode}`;
  return { message, faults: [sessionReset('notification-unrecognized', HEADER_LENGTH, reason, 0, 0)] };
}

function fromRouteRefresh(result: Result<RouteRefresh>): DecodedMessage {
  if (!result.ok) return { message: undefined, faults: [result.fault] };
  return { message: { kind: 'route-refresh', value: result.value }, faults: [] };
}

function lengthFault(length: number, there: number): Fault {
  const reason =
    there < HEADER_LENGTH
      ? `${there} octets are no message, whose header alone has ${HEADER_LENGTH}`
      : `length ${length}, but ${there} octets are there`;
  const { MessageHeader } = NotificationCode;
  return sessionReset(
    'header-length',
    16,
    reason,
    MessageHeader,
    HeaderSubcode.BadMessageLength,
    Uint8Array.from(u16(length)),
  );
}
