/**
 * OPEN (RFC 4271 §4.2, §6.2) with its Optional Parameters in the plain and the extended form (RFC 9072 §2), of which
 * only Capabilities (RFC 5492 §4) is recognised.
 *
 * BGP Identifiers are any nonzero number (RFC 6286 §2.1); an AS number of zero is refused (RFC 7607 §2). What depends
 * on who the peer is meant to be (its AS number, an identifier that is our own, its role) is the session's to judge.
 */
import { concat, readU16, u16, u32 } from '../bytes.ts';
import { decodeCapabilities, encodeCapabilities } from '../capability/capability.ts';
import type { Capability } from '../capability/registry.ts';
import { HEADER_LENGTH, MessageType, NotificationCode, OpenSubcode } from '../constants.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import { type Fault, sessionReset } from '../fault.ts';
import { formatIpv4, ipv4ToNumber } from '../ip.ts';
import { fail, ok, type Result } from '../result.ts';
import { frame } from './header.ts';

const BGP_VERSION = 4;

/** An OPEN (RFC 4271 §4.2), its version and the framing of its optional parameters left out. */
export interface Open {
  /** The My Autonomous System field; {@link openAsn} is the sender's AS number. */
  readonly myAs: number;
  /** Seconds; 0 or at least 3. */
  readonly holdTime: number;
  /** BGP Identifier in dotted decimal. */
  readonly bgpId: string;
  /** In the order in which they stood, over all Capabilities parameters. */
  readonly capabilities: readonly Capability[];
}

/** The sender's AS number: of the four-octet AS capability where it was sent (RFC 6793 §4.1), else of the header. */
export function openAsn(open: Open): number {
  for (const capability of open.capabilities) if (capability.kind === 'fourOctetAs') return capability.value;
  return open.myAs;
}

const PARAMETER_CAPABILITIES = 2;
const PARAMETER_EXTENDED_LENGTH = 255;
const UNSPECIFIC = 0;

/** Reads the OPEN at `bytes[start, end)`, header included, of at least 29 octets. A fault ends the session. */
export function decodeOpen(bytes: Uint8Array, start = 0, end = bytes.length): Result<Open> {
  const at = start + HEADER_LENGTH;
  const version = bytes[at];
  if (version !== BGP_VERSION) {
    // RFC 4271 §6.2: the data is the largest version supported here
    const data = Uint8Array.from(u16(BGP_VERSION));
    return refuse('open-version', at, `version ${version} is not supported`, OpenSubcode.UnsupportedVersion, data);
  }
  const myAs = readU16(bytes, at + 1);
  if (myAs === 0) return refuse('open-as-zero', at + 1, 'AS number 0 belongs to nobody', OpenSubcode.BadPeerAs);
  const holdTime = readU16(bytes, at + 3);
  if (holdTime === 1 || holdTime === 2) {
    const reason = `hold time of ${holdTime} s, neither 0 nor at least 3 s`;
    return refuse('open-hold-time', at + 3, reason, OpenSubcode.UnacceptableHoldTime);
  }
  if (readU16(bytes, at + 5) === 0 && readU16(bytes, at + 7) === 0) {
    return refuse('open-bgp-identifier', at + 5, 'BGP Identifier is zero', OpenSubcode.BadBgpIdentifier);
  }
  const parameters = decodeParameters(bytes, at + 9, end);
  if (!parameters.ok) return fail(parameters.fault);
  const open = { myAs, holdTime, bgpId: formatIpv4(bytes, at + 5), capabilities: parameters.value };
  if (openAsn(open) === 0) {
    return refuse('open-as-zero', at + 1, 'four-octet AS number 0 belongs to nobody', OpenSubcode.BadPeerAs);
  }
  return ok(open);
}

/** The Optional Parameters from their one-octet length on, up to `end`: the last 1 + n octets of an OPEN. */
export function decodeParameters(bytes: Uint8Array, at: number, end: number): Result<Capability[]> {
  if (at >= end) return fail(parameterFault(at, 'Optional Parameters Length is missing'));
  const length = bytes[at];
  // RFC 9072 §2: whatever the one-octet length says, a first type of 255 announces the extended form
  if (length !== 0 && bytes[at + 1] === PARAMETER_EXTENDED_LENGTH && at + 1 < end) {
    if (at + 4 > end) return fail(parameterFault(at + 1, 'Extended Optional Parameters Length is cut'));
    const extendedLength = readU16(bytes, at + 2);
    if (at + 4 + extendedLength !== end) return fail(lengthFault(at + 2, extendedLength, end - at - 4));
    return readParameters(bytes, at + 4, end, 2);
  }
  if (at + 1 + length !== end) return fail(lengthFault(at, length, end - at - 1));
  return readParameters(bytes, at + 1, end, 1);
}

/** Type, length of `lengthOctets` octets, value, again and again. */
export function readParameters(
  bytes: Uint8Array,
  start: number,
  end: number,
  lengthOctets: 1 | 2,
): Result<Capability[]> {
  const capabilities: Capability[] = [];
  for (let at = start; at < end; ) {
    const value = at + 1 + lengthOctets;
    if (value > end) return fail(parameterFault(at, 'an Optional Parameter is cut'));
    const next = value + (lengthOctets === 1 ? bytes[at + 1] : readU16(bytes, at + 1));
    if (next > end) return fail(parameterFault(at, 'an Optional Parameter runs past the OPEN'));
    if (bytes[at] !== PARAMETER_CAPABILITIES) {
      const reason = `Optional Parameter of type ${bytes[at]} is not recognised`;
      return refuse('open-parameter-type', at, reason, OpenSubcode.UnsupportedOptionalParameter);
    }
    const decoded = decodeCapabilities(bytes, value, next);
    if (!decoded.ok) return fail(decoded.fault);
    capabilities.push(...decoded.value);
    at = next;
  }
  return ok(capabilities);
}

/**
 * The message, all capabilities in one parameter (RFC 5492 §4), in the extended form only where that is needed.
 * Throws an EncodeError for a value that has no encoding.
 */
export function encodeOpen(open: Open): Uint8Array {
  const id = ipv4ToNumber(open.bgpId);
  if (id === undefined) throw new EncodeError(`BGP Identifier ${open.bgpId} is not in dotted decimal`);
  const head = Uint8Array.of(
    BGP_VERSION,
    ...u16(checkUint('My Autonomous System', open.myAs, 0xffff)),
    ...u16(checkUint('hold time', open.holdTime, 0xffff)),
    ...u32(id),
  );
  return frame(MessageType.Open, concat([head, encodeParameters(open.capabilities)]), false);
}

/** Length and Optional Parameters: the last part of an OPEN. */
export function encodeParameters(capabilities: readonly Capability[]): Uint8Array {
  const value = encodeCapabilities(capabilities);
  if (value.length === 0) return Uint8Array.of(0);
  if (value.length + 2 <= 255) return Uint8Array.of(value.length + 2, PARAMETER_CAPABILITIES, value.length, ...value);
  const head = Uint8Array.of(
    PARAMETER_EXTENDED_LENGTH,
    PARAMETER_EXTENDED_LENGTH,
    ...u16(value.length + 3),
    PARAMETER_CAPABILITIES,
    ...u16(value.length),
  );
  return concat([head, value]);
}

function refuse(
  name: string,
  at: number,
  reason: string,
  subcode: number,
  data?: Uint8Array,
): { ok: false; fault: Fault } {
  return fail(sessionReset(name, at, reason, NotificationCode.OpenMessage, subcode, data));
}

function parameterFault(at: number, reason: string): Fault {
  return sessionReset('open-parameters', at, reason, NotificationCode.OpenMessage, UNSPECIFIC);
}

function lengthFault(at: number, length: number, there: number): Fault {
  return parameterFault(at, `Optional Parameters Length is ${length}, but ${there} octets follow`);
}
