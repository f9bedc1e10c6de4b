import { NotificationCode, UpdateSubcode } from '../constants.ts';
import type { Fault, Outcome } from '../fault.ts';
import type { Malformed } from './codec.ts';

/** Where one attribute lies: its header's first octet, its value, its end. */
export interface AttributeSpan {
  readonly code: number;
  readonly header: number;
  readonly value: number;
  readonly end: number;
}

/** The fault of a malformed attribute; the NOTIFICATION's data is the whole attribute (RFC 4271 §6.3). */
export function attributeFault(bytes: Uint8Array, span: AttributeSpan, why: Malformed, cost: Outcome): Fault {
  const { code, offset, reason, outcome = cost, subcode = UpdateSubcode.AttributeLength, family } = why;
  return {
    code,
    outcome,
    offset,
    reason,
    notification: { code: NotificationCode.UpdateMessage, subcode, data: bytes.slice(span.header, span.end) },
    attribute: span.code,
    ...(family !== undefined && { family }),
  };
}

/** A fault of the attribute field as a whole, for which no data is sent (RFC 4271 §6.3). */
export function listFault(code: string, outcome: Outcome, offset: number, reason: string): Fault {
  const data = new Uint8Array(0);
  const notification = { code: NotificationCode.UpdateMessage, subcode: UpdateSubcode.MalformedAttributeList, data };
  return { code, outcome, offset, reason, notification };
}
