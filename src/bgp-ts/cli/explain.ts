/** `bgp-ts decode HEX`: octets, field by field, for people. */

import { attributeKey, attributeRow } from '../wire/attribute/registry.ts';
import { readU16, toHex } from '../wire/bytes.ts';
import { Family, type FamilyId, HEADER_LENGTH, MessageType } from '../wire/constants.ts';
import type { DecodeContext } from '../wire/context.ts';
import { type Fault, verdict } from '../wire/fault.ts';
import { decodeMessage, type Message } from '../wire/message/message.ts';
import type { Notification } from '../wire/message/notification.ts';
import { notificationName } from '../wire/message/notification-names.ts';
import { RefreshSubtype } from '../wire/message/route-refresh.ts';
import { endOfRib, type Update } from '../wire/message/update.ts';
import { emptyLayout, LayoutFault, locateUpdate } from '../wire/update-layout.ts';
import { decodeBlock } from './decode-block.ts';
import { errorOf } from './error-of.ts';
import { explainAttributes } from './explain-attributes.ts';
import { explainFilters } from './explain-filters.ts';
import { explainNlri } from './explain-nlri.ts';
import { explainOpen } from './explain-open.ts';
import { familyText, messageTypeName } from './names.ts';
import { plainValue } from './plain-value.ts';
import { readRoutes } from './read-routes.ts';
import { formatRow, type Row, row } from './row.ts';

export interface Explanation {
  readonly rows: readonly Row[];
  /** What is wrong with the octets. */
  readonly faults: readonly Fault[];
  /** What was made of them; undefined when nothing could be. */
  readonly decoded: unknown;
}

/** Lines for people: rows, faults, outcome. */
export function explanationLines(bytes: Uint8Array, { rows, faults }: Explanation): string[] {
  const lines = rows.map((one) => formatRow(bytes, one));
  for (const fault of faults) {
    const { code, offset, reason, outcome } = fault;
    const error = outcome === 'ignore' ? undefined : errorOf(fault);
    const named = error && ` (${error.code}/${error.subcode} ${notificationName(error.code, error.subcode)})`;
    const section = sectionOf(fault);
    const where = section === undefined ? '' : `, ${section}`;
    lines.push(`fault at ${offset}: ${reason} [${code}] → ${outcome}${named ?? ''}${where}`);
  }
  lines.push(`outcome: ${verdict(faults)}`);
  return lines;
}

/** The same for programs: plain values, octets in hexadecimal. */
export function explanationObject(bytes: Uint8Array, { rows, faults, decoded }: Explanation) {
  return {
    outcome: verdict(faults),
    faults: faults.map((fault) => {
      const { code, outcome, offset, reason } = fault;
      return { code, outcome, offset, reason, error: errorOf(fault) ?? null, section: sectionOf(fault) };
    }),
    decoded: plainValue(decoded) ?? null,
    rows: rows.map(({ start, end, depth, text }) => ({ start, end, depth, hex: toHex(bytes, start, end), text })),
  };
}

/** Rules for every attribute. */
const sections: Readonly<Record<string, string>> = {
  'attribute-flags': 'RFC 7606 §3 c',
  'attribute-missing': 'RFC 7606 §3 d',
  'attribute-repeated': 'RFC 7606 §3 g',
  'attribute-empty': 'RFC 7606 §4',
  'attribute-overrun': 'RFC 7606 §4',
  'attribute-unrecognized': 'RFC 4271 §6.3',
};

/** Where the handling of a fault in an attribute is written. */
function sectionOf({ code, attribute }: Fault): string | undefined {
  const key = attribute === undefined ? undefined : attributeKey(attribute);
  return sections[code] ?? (key && attributeRow(key).section);
}

/** A whole message, from its marker on. */
export function explainMessage(bytes: Uint8Array, ctx: DecodeContext): Explanation {
  const { message, faults } = decodeMessage(bytes, ctx);
  const rows: Row[] = [];
  if (bytes.length >= HEADER_LENGTH) {
    const type = bytes[18];
    rows.push(row(0, 16, 0, 'marker'), row(16, 18, 0, `length ${readU16(bytes, 16)}`));
    rows.push(row(18, 19, 0, `type ${type}, ${messageTypeName(type)}`));
    if (message?.kind === 'open' || (type === MessageType.Open && bytes.length >= 29)) rows.push(...explainOpen(bytes));
    else if (message !== undefined) rows.push(...explainBody(bytes, ctx, message));
  }
  return { rows, faults, decoded: message };
}

/** Path attributes without a message around them. */
export function explainAttributeBlock(bytes: Uint8Array, ctx: DecodeContext): Explanation {
  const { attributes, faults } = decodeBlock(bytes, ctx, undefined);
  const rows = explainAttributes(bytes, 0, bytes.length, ctx, attributes, 0);
  return { rows, faults, decoded: attributes };
}

/** The NLRI field of one family; path identifiers are told from it where `ctx` has none. */
export function explainRoutes(bytes: Uint8Array, ctx: DecodeContext, family: FamilyId): Explanation {
  const { routes, faults, addPath } = readRoutes(family, bytes, ctx.addPath.has(family) || undefined);
  return { rows: explainNlri(family, bytes, 0, bytes.length, addPath, 0), faults, decoded: routes };
}

function explainBody(bytes: Uint8Array, ctx: DecodeContext, message: Message): Row[] {
  const end = bytes.length;
  switch (message.kind) {
    case 'update':
      return explainUpdate(bytes, ctx, message.value);
    case 'notification':
      return explainNotification(end, message.value);
    case 'route-refresh': {
      const { family, subtype } = message.value;
      const rows = [row(19, 21, 1, `AFI ${readU16(bytes, 19)}`), row(21, 22, 1, refreshText(subtype))];
      rows.push(row(22, 23, 1, `SAFI ${bytes[22]}: ${familyText(family)}`));
      return [...rows, ...explainFilters(bytes, 23, end, 1)];
    }
    default:
      return [];
  }
}

function refreshText(subtype: number): string {
  const [name] = Object.entries(RefreshSubtype).find(([, number]) => number === subtype) ?? [];
  return name === undefined ? `subtype ${subtype}, to be ignored` : `subtype ${subtype}, ${name}`;
}

function explainNotification(end: number, { code, subcode, communication, hardReset }: Notification): Row[] {
  const rows = [row(19, 21, 1, `${code}/${subcode} ${notificationName(code, subcode)}`)];
  if (hardReset !== undefined) {
    const { code: inner, subcode: innerSub } = hardReset;
    rows.push(row(21, 23, 1, `encloses ${inner}/${innerSub} ${notificationName(inner, innerSub)}`));
  } else if (end > 21) {
    rows.push(row(21, end, 1, communication === undefined ? 'data' : `says ${JSON.stringify(communication)}`));
  }
  return rows;
}

function explainUpdate(bytes: Uint8Array, ctx: DecodeContext, update: Update): Row[] {
  const layout = emptyLayout();
  if (locateUpdate(bytes, 0, bytes.length, layout) === LayoutFault.FieldOverrun) return [];
  const { withdrawnStart, withdrawnEnd, attributesStart, attributesEnd, nlriStart, nlriEnd } = layout;
  const addPath = ctx.addPath.has(Family.Ipv4Unicast);
  const prefixes = (start: number, end: number) => explainNlri(Family.Ipv4Unicast, bytes, start, end, addPath, 2);
  const rows = [
    row(withdrawnStart - 2, withdrawnStart, 1, `Withdrawn Routes Length ${withdrawnEnd - withdrawnStart}`),
    ...prefixes(withdrawnStart, withdrawnEnd),
    row(attributesStart - 2, attributesStart, 1, `Total Path Attribute Length ${attributesEnd - attributesStart}`),
    ...explainAttributes(bytes, attributesStart, attributesEnd, ctx, update.attributes, 2),
  ];
  if (nlriStart < nlriEnd) {
    rows.push(row(nlriStart, nlriEnd, 1, 'Network Layer Reachability Information'), ...prefixes(nlriStart, nlriEnd));
  }
  const family = endOfRib(update);
  if (family !== undefined) rows.push(row(nlriEnd, nlriEnd, 1, `End-of-RIB of ${familyText(family)}`));
  return rows;
}
