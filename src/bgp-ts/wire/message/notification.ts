/**
 * NOTIFICATION (RFC 4271 §4.5) with the shutdown communication of RFC 9003 and the enclosed error of a hard reset
 * (RFC 8538 §3.1).
 */
import { CeaseSubcode, HEADER_LENGTH, MessageType, NotificationCode } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import type { NotificationParts } from '../fault.ts';
import { frame, maximumLength } from './header.ts';

/** A NOTIFICATION (RFC 4271 §4.5): code, subcode, data, and what the data says. */
export interface Notification extends NotificationParts {
  /** What the operator on the other side had to say (RFC 9003 §2), also within a Hard Reset. */
  readonly communication?: string;
  /** The error that a Hard Reset encloses (RFC 8538 §3.1). */
  readonly hardReset?: { readonly code: number; readonly subcode: number };
}

/** RFC 9003 §2: the length is one octet; all of its values may be used. */
const MAX_COMMUNICATION_OCTETS = 255;

/** Reads the NOTIFICATION at `bytes[start, end)`, header included, of at least 21 octets. There is none it refuses. */
export function decodeNotification(bytes: Uint8Array, start = 0, end = bytes.length): Notification {
  const at = start + HEADER_LENGTH;
  return readNotification({ code: bytes[at], subcode: bytes[at + 1], data: bytes.slice(at + 2, end) });
}

/** What the data of a NOTIFICATION says, received or about to be sent. */
export function readNotification(parts: NotificationParts): Notification {
  const { code, subcode, data } = parts;
  if (code !== NotificationCode.Cease) return parts;
  if (subcode === CeaseSubcode.AdministrativeShutdown || subcode === CeaseSubcode.AdministrativeReset) {
    const communication = decodeCommunication(data);
    return communication === undefined ? parts : { ...parts, communication };
  }
  if (subcode === CeaseSubcode.HardReset && data.length >= 2) {
    const [enclosedCode, enclosedSubcode] = data;
    const { communication } = readNotification({
      code: enclosedCode,
      subcode: enclosedSubcode,
      // one within the other is nonsense, and could be nested without end
      data: enclosedSubcode === CeaseSubcode.HardReset ? new Uint8Array(0) : data.subarray(2),
    });
    return {
      ...parts,
      ...(communication !== undefined && { communication }),
      hardReset: { code: enclosedCode, subcode: enclosedSubcode },
    };
  }
  return parts;
}

/** RFC 9003 §2: a length octet and so many octets of UTF-8. Undefined when empty or not that; it is never an error (§3). */
function decodeCommunication(data: Uint8Array): string | undefined {
  if (data.length === 0 || data[0] === 0 || 1 + data[0] > data.length) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data.subarray(1, 1 + data[0]));
  } catch {
    return undefined;
  }
}

/** Data field that carries `text` (RFC 9003 §2), cut at a character boundary to what fits. Never throws. */
export function encodeCommunication(text: string): Uint8Array {
  const octets = new TextEncoder().encode(text);
  let length = Math.min(octets.length, MAX_COMMUNICATION_OCTETS);
  // 10xxxxxx continues a character: never cut in front of one
  while (length < octets.length && (octets[length] & 0xc0) === 0x80) length--;
  return Uint8Array.of(length, ...octets.subarray(0, length));
}

/**
 * The message; data beyond what a message can hold is left out, as it only repeats what the peer sent. Throws an
 * EncodeError for a code or subcode above 255.
 */
export function encodeNotification(parts: NotificationParts, extended = false): Uint8Array {
  const { code, subcode, data } = parts;
  const head = [checkUint('error code', code, 255), checkUint('error subcode', subcode, 255)];
  const room = maximumLength(MessageType.Notification, extended) - HEADER_LENGTH - 2;
  return frame(MessageType.Notification, Uint8Array.of(...head, ...data.subarray(0, room)), extended);
}
