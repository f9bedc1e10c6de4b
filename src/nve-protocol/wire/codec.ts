/** Messages ⇄ octets: one msgpack map each, with its type in `type`. Neither logs nor does I/O. */
import { Decoder, Encoder } from '@msgpack/msgpack';
import type { WireFault } from './fault.ts';
import { FieldReader, isMap } from './field-reader.ts';
import { FRAME_HEADER } from './framer.ts';
import { protocolLimits } from './limits.ts';
import { type Message, type NvaMessage, type NveMessage, rowOf } from './registry.ts';
import type { Result } from './result.ts';
import { scanFault } from './scan.ts';

const decoder = new Decoder();
const encoder = new Encoder({ ignoreUndefined: true, initialBufferSize: 16_384 });

/** Decodes a payload that an NVE sent. */
export function decodeFromNve(bytes: Uint8Array, start = 0, end = bytes.length): Result<NveMessage> {
  return decode(bytes, start, end, 'nve') as Result<NveMessage>;
}

/** Decodes a payload that an NVA sent. */
export function decodeFromNva(bytes: Uint8Array, start = 0, end = bytes.length): Result<NvaMessage> {
  return decode(bytes, start, end, 'nva') as Result<NvaMessage>;
}

function decode(bytes: Uint8Array, start: number, end: number, from: 'nve' | 'nva'): Result<Message> {
  const broken = scanFault(bytes, start, end, protocolLimits.depth);
  if (broken !== undefined) return refused({ code: 'not-msgpack', reason: `This is no msgpack: ${broken}.` });
  let fields: unknown;
  try {
    fields = decoder.decode(bytes.subarray(start, end));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return refused({ code: 'not-msgpack', reason: `This is no msgpack that can be read: ${reason}.` });
  }
  if (!isMap(fields)) return refused({ code: 'not-a-message', reason: 'A message is a map.' });
  const { type } = fields;
  if (typeof type !== 'string') return refused({ code: 'not-a-message', reason: 'A message has its type as text.' });
  const request = idOf(fields);
  const row = rowOf(type);
  if (row === undefined || (row.from !== from && row.from !== 'both')) {
    const shown = type.slice(0, 64);
    return refused({
      code: 'unknown-message',
      reason: `There is no message ${shown} from an ${names[from]}.`,
      type: shown,
      ...request,
    });
  }
  const reader = new FieldReader(fields);
  const value = row.decode(reader);
  return reader.fault === undefined ? { ok: true, value } : refused({ ...reader.fault, type, ...request });
}

const names = { nve: 'NVE', nva: 'NVA' } as const;

function idOf(fields: Readonly<Record<string, unknown>>): { readonly id?: number } {
  const { id } = fields;
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 0xffff_ffff ? { id } : {};
}

function refused(fault: WireFault): { readonly ok: false; readonly fault: WireFault } {
  return { ok: false, fault };
}

/** A message with its length in front. */
export function encodeMessage(message: Message): Uint8Array {
  const payload = encodePayload(message);
  const frame = new Uint8Array(FRAME_HEADER + payload.length);
  writeLength(frame, 0, payload.length);
  frame.set(payload, FRAME_HEADER);
  return frame;
}

/** The octets are only lent until the next call. */
export function encodePayload(message: Message): Uint8Array {
  // The row is the one of this type, and takes it.
  return encoder.encodeSharedRef(rowOf(message.type)!.encode(message));
}

export function writeLength(frame: Uint8Array, at: number, length: number): void {
  frame[at] = length >>> 24;
  frame[at + 1] = length >>> 16;
  frame[at + 2] = length >>> 8;
  frame[at + 3] = length;
}
