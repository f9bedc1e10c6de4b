/**
 * Messages as trees of octets, for changing one part and keeping the rest true. Nothing is judged here: lengths that lie
 * can be written, and what does not fit the form is kept as a run of octets.
 */
import { concat, readU16, u16 } from '../../src/bgp-ts/wire/bytes.ts';

const HEADER = 19;
const EXTENDED = 0x10;

/** A length field that says something other than what follows; by how much. */
type Lie = number | undefined;

export interface RawAttribute {
  flags: number;
  code: number;
  value: Uint8Array;
  lie?: Lie;
}

export interface RawUpdate {
  kind: 'update';
  withdrawn: Uint8Array;
  withdrawnLie?: Lie;
  attributes: RawAttribute[];
  /** Octets in the attribute field behind the last whole attribute. */
  rest: Uint8Array;
  attributesLie?: Lie;
  nlri: Uint8Array;
}

/** Code, length octet, value: capabilities, and EVPN NLRI. */
export interface Tlv {
  code: number;
  value: Uint8Array;
  lie?: Lie;
}

export interface RawOpen {
  kind: 'open';
  /** Version to BGP Identifier, nine octets. */
  head: Uint8Array;
  capabilities: Tlv[];
  form: 'one-parameter' | 'one-each' | 'extended';
  lie?: Lie;
}

export interface RawOther {
  kind: 'other';
  type: number;
  body: Uint8Array;
}

export type RawMessage = (RawUpdate | RawOpen | RawOther) & { lengthLie?: Lie };

/** The messages of a stream as far as their lengths hold, and what is left. */
export function cutStream(bytes: Uint8Array): { messages: Uint8Array[]; rest: Uint8Array } {
  const messages: Uint8Array[] = [];
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const length = readU16(bytes, at + 16);
    if (length < HEADER || at + length > bytes.length) break;
    messages.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { messages, rest: bytes.subarray(at) };
}

export function parse(message: Uint8Array): RawMessage {
  const type = message[18];
  const other: RawOther = { kind: 'other', type, body: message.slice(HEADER) };
  if (type === 2) return parseUpdate(message) ?? other;
  if (type === 1) return parseOpen(message) ?? other;
  return other;
}

function parseUpdate(message: Uint8Array): RawUpdate | undefined {
  if (message.length < HEADER + 4) return undefined;
  const withdrawnStart = HEADER + 2;
  const withdrawnEnd = withdrawnStart + readU16(message, HEADER);
  if (withdrawnEnd + 2 > message.length) return undefined;
  const end = withdrawnEnd + 2 + readU16(message, withdrawnEnd);
  if (end > message.length) return undefined;
  const attributes: RawAttribute[] = [];
  let at = withdrawnEnd + 2;
  while (at + 3 <= end) {
    const flags = message[at];
    const long = (flags & EXTENDED) !== 0;
    const value = at + (long ? 4 : 3);
    if (value > end) break;
    const next = value + (long ? readU16(message, at + 2) : message[at + 2]);
    if (next > end) break;
    attributes.push({ flags, code: message[at + 1], value: message.slice(value, next) });
    at = next;
  }
  return {
    kind: 'update',
    withdrawn: message.slice(withdrawnStart, withdrawnEnd),
    attributes,
    rest: message.slice(at, end),
    nlri: message.slice(end),
  };
}

function parseOpen(message: Uint8Array): RawOpen | undefined {
  const parametersAt = HEADER + 10;
  if (message.length < parametersAt) return undefined;
  const extended = message[parametersAt - 1] !== 0 && message[parametersAt] === 255;
  const capabilities: Tlv[] = [];
  for (let at = extended ? parametersAt + 3 : parametersAt; at < message.length; ) {
    const value = at + (extended ? 3 : 2);
    const next = value + (extended ? readU16(message, at + 1) : message[at + 1]);
    if (value > message.length || next > message.length || message[at] !== 2) return undefined;
    const inner = parseTlvs(message.subarray(value, next));
    if (inner === undefined) return undefined;
    capabilities.push(...inner);
    at = next;
  }
  const head = message.slice(HEADER, parametersAt - 1);
  return { kind: 'open', head, capabilities, form: extended ? 'extended' : 'one-parameter' };
}

/** Undefined when the octets do not end with the end of one. */
export function parseTlvs(bytes: Uint8Array): Tlv[] | undefined {
  const tlvs: Tlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 2 > bytes.length || at + 2 + bytes[at + 1] > bytes.length) return undefined;
    const next = at + 2 + bytes[at + 1];
    tlvs.push({ code: bytes[at], value: bytes.slice(at + 2, next) });
    at = next;
  }
  return tlvs;
}

export function writeTlvs(tlvs: readonly Tlv[]): Uint8Array {
  return concat(
    tlvs.flatMap(({ code, value, lie = 0 }) => [
      Uint8Array.of(code, (value.length + lie) & 255),
      value.subarray(0, 255),
    ]),
  );
}

export function write(message: RawMessage): Uint8Array {
  const [type, body] = bodyOf(message);
  const whole = new Uint8Array(Math.min(65535, HEADER + body.length)).fill(0xff, 0, 16);
  whole.set([...u16((whole.length + (message.lengthLie ?? 0)) & 0xffff), type], 16);
  whole.set(body.subarray(0, whole.length - HEADER), HEADER);
  return whole;
}

function bodyOf(message: RawMessage): [type: number, body: Uint8Array] {
  switch (message.kind) {
    case 'update': {
      const { withdrawn, withdrawnLie = 0, attributes, rest, attributesLie = 0, nlri } = message;
      const field = concat([...attributes.map(writeAttribute), rest]);
      const lengthOf = (part: Uint8Array, lie: number) => Uint8Array.from(u16((part.length + lie) & 0xffff));
      return [2, concat([lengthOf(withdrawn, withdrawnLie), withdrawn, lengthOf(field, attributesLie), field, nlri])];
    }
    case 'open': {
      const parameters = writeParameters(message);
      return [1, concat([message.head, parameters])];
    }
    case 'other':
      return [message.type, message.body];
  }
}

function writeAttribute({ flags, code, value, lie = 0 }: RawAttribute): Uint8Array {
  const claimed = value.length + lie;
  // whoever sets the flag on a short value means it; a long value needs it
  const long = (flags & EXTENDED) !== 0 || value.length > 255;
  const head = long ? [flags | EXTENDED, code, ...u16(claimed & 0xffff)] : [flags, code, claimed & 255];
  return concat([Uint8Array.from(head), value]);
}

function writeParameters({ capabilities, form, lie = 0 }: RawOpen): Uint8Array {
  const values = form === 'one-each' ? capabilities.map((one) => writeTlvs([one])) : [writeTlvs(capabilities)];
  if (form === 'extended') {
    const parameters = concat(values.flatMap((value) => [Uint8Array.of(2, ...u16(value.length & 0xffff)), value]));
    return concat([Uint8Array.of(255, 255, ...u16((parameters.length + lie) & 0xffff)), parameters]);
  }
  const parameters = concat(values.flatMap((value) => [Uint8Array.of(2, value.length & 255), value]));
  return concat([Uint8Array.of((parameters.length + lie) & 255), parameters]);
}
