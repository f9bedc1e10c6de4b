import { readU16 } from '../wire/bytes.ts';
import { capabilityName } from '../wire/capability/names.ts';
import { capabilities, capabilityKind } from '../wire/capability/registry.ts';
import { HEADER_LENGTH } from '../wire/constants.ts';
import { formatIpv4 } from '../wire/ip.ts';
import { familyText } from './names.ts';
import { formatValue, type Row, row } from './row.ts';

/** Rows for the OPEN that `bytes` hold, header left out. */
export function explainOpen(bytes: Uint8Array): Row[] {
  const at = HEADER_LENGTH;
  const rows = [
    row(at, at + 1, 1, `version ${bytes[at]}`),
    row(at + 1, at + 3, 1, `My Autonomous System ${readU16(bytes, at + 1)}`),
    row(at + 3, at + 5, 1, `hold time ${readU16(bytes, at + 3)} s`),
    row(at + 5, at + 9, 1, `BGP Identifier ${formatIpv4(bytes, at + 5)}`),
  ];
  const extended = bytes[at + 9] !== 0 && bytes[at + 10] === 255;
  const start = at + (extended ? 13 : 10);
  const text = extended
    ? `extended Optional Parameters Length ${readU16(bytes, at + 11)}`
    : `Optional Parameters Length ${bytes[at + 9]}`;
  rows.push(row(at + 9, Math.min(start, bytes.length), 1, text));
  for (let p = start; p < bytes.length; ) {
    const value = p + (extended ? 3 : 2);
    if (value > bytes.length) break;
    const next = Math.min(bytes.length, value + (extended ? readU16(bytes, p + 1) : bytes[p + 1]));
    rows.push(row(p, value, 2, bytes[p] === 2 ? 'Capabilities' : `Optional Parameter ${bytes[p]}`));
    if (bytes[p] === 2) rows.push(...explainCapabilities(bytes, value, next, 3));
    p = next;
  }
  return rows;
}

/** Rows for the capabilities at `bytes[start, end)`. */
export function explainCapabilities(bytes: Uint8Array, start: number, end: number, depth: number): Row[] {
  const rows: Row[] = [];
  for (let at = start; at + 2 <= end; ) {
    const next = Math.min(end, at + 2 + bytes[at + 1]);
    const kind = capabilityKind(bytes[at]);
    const name = kind === undefined ? capabilityName(bytes[at]) : capabilities[kind].name;
    const decoded = kind === undefined ? undefined : capabilities[kind].codec.decode(bytes, at + 2, next);
    if (decoded === undefined) rows.push(row(at, next, depth, name));
    else if (!decoded.ok) rows.push(row(at, next, depth, `${name}, malformed: ${decoded.fault.reason}`));
    else if (decoded.value === true) rows.push(row(at, next, depth, name));
    else if (kind === 'multiprotocol') rows.push(row(at, next, depth, `${name}: ${familyText(Number(decoded.value))}`));
    else rows.push(row(at, next, depth, `${name}: ${formatValue(decoded.value)}`));
    at = next;
  }
  return rows;
}
