/**
 * The message header and what may be wrong with it (RFC 4271 §4.1, §6.1; RFC 8654 §4). The header is judged before
 * anything behind it is read or kept.
 */
import { readU16, u16 } from '../bytes.ts';
import {
  HEADER_LENGTH,
  HeaderSubcode,
  MAX_EXTENDED_MESSAGE_LENGTH,
  MAX_MESSAGE_LENGTH,
  MessageType,
  NotificationCode,
} from '../constants.ts';
import { EncodeError } from '../encode-error.ts';
import { type Fault, sessionReset } from '../fault.ts';

const MARKER_LENGTH = 16;

/** Shortest message of each type; ROUTE-REFRESH has an error of its own for that (RFC 7313 §5) and is judged there. */
const minimumLength: Record<number, number> = {
  [MessageType.Open]: 29,
  [MessageType.Update]: 23,
  [MessageType.Notification]: 21,
  [MessageType.Keepalive]: HEADER_LENGTH,
  [MessageType.RouteRefresh]: HEADER_LENGTH,
};

/** The longest a message of `type` may be (RFC 8654 §4: OPEN and KEEPALIVE never grow). */
export function maximumLength(type: number, extended: boolean): number {
  if (type === MessageType.Keepalive) return HEADER_LENGTH;
  return extended && type !== MessageType.Open ? MAX_EXTENDED_MESSAGE_LENGTH : MAX_MESSAGE_LENGTH;
}

/** Length field of the header at `at`. */
export function messageLength(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at + MARKER_LENGTH);
}

/** What is wrong with the nineteen octets at `at`, if anything. */
export function headerFault(bytes: Uint8Array, at: number, extended: boolean): Fault | undefined {
  for (let i = at; i < at + MARKER_LENGTH; i++) {
    if (bytes[i] !== 0xff) {
      return headerError('header-marker', i, 'the marker is not all ones', HeaderSubcode.ConnectionNotSynchronized);
    }
  }
  const length = messageLength(bytes, at);
  const type = bytes[at + 18];
  const minimum = minimumLength[type];
  if (minimum === undefined) {
    // the length comes first where both are wrong: it says that the stream itself is not to be trusted
    if (length >= HEADER_LENGTH && length <= maximumLength(type, extended)) {
      const reason = `message type ${type} is not known`;
      return headerError('header-type', at + 18, reason, HeaderSubcode.BadMessageType, Uint8Array.of(type));
    }
  } else if (length >= minimum && length <= maximumLength(type, extended)) {
    return undefined;
  }
  const reason = `length ${length} is outside ${minimum ?? HEADER_LENGTH} to ${maximumLength(type, extended)} for message type ${type}`;
  return headerError(
    'header-length',
    at + MARKER_LENGTH,
    reason,
    HeaderSubcode.BadMessageLength,
    Uint8Array.from(u16(length)),
  );
}

function headerError(name: string, at: number, reason: string, subcode: number, data?: Uint8Array): Fault {
  return sessionReset(name, at, reason, NotificationCode.MessageHeader, subcode, data);
}

/** Marker, length and type in front of `body`. */
export function frame(type: MessageType, body: Uint8Array, extended: boolean): Uint8Array {
  const length = HEADER_LENGTH + body.length;
  const maximum = maximumLength(type, extended);
  if (length > maximum) throw new EncodeError(`message of ${length} octets exceeds ${maximum}`);
  const message = new Uint8Array(length);
  message.fill(0xff, 0, MARKER_LENGTH);
  message.set([...u16(length), type], MARKER_LENGTH);
  message.set(body, HEADER_LENGTH);
  return message;
}
