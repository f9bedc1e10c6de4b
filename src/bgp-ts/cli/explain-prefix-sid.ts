/** PREFIX-SID field by field (RFC 8669 §3, RFC 9252 §2, §3). */
import { readU16, readU32, toHex } from '../wire/bytes.ts';
import { formatIpv6 } from '../wire/ip.ts';
import { Fields } from './fields.ts';
import type { Row } from './row.ts';

const names: Readonly<Record<number, string>> = {
  1: 'Label-Index',
  3: 'Originator SRGB',
  5: 'SRv6 L3 Service',
  6: 'SRv6 L2 Service',
};

/** The attribute is one that was accepted, so its TLVs close. */
export function explainPrefixSid(bytes: Uint8Array, start: number, end: number, depth: number): Row[] {
  const rows: Row[] = [];
  for (let at = start; at < end; ) {
    const type = bytes[at];
    const next = at + 3 + readU16(bytes, at + 1);
    const fields = new Fields(bytes, at, depth);
    fields.take(3, `TLV ${type}${names[type] === undefined ? '' : ` ${names[type]}`}, ${next - at - 3} octets`);
    if (type === 1) {
      fields.take(3, 'reserved and flags', 1);
      fields.take(4, `label index ${readU32(bytes, fields.at)}`, 1);
    } else if (type === 5 || type === 6) {
      fields.take(1, 'reserved', 1);
      while (fields.at < next) takeServiceSubTlv(fields);
    }
    fields.rest(next, 'value', 1);
    rows.push(...fields.rows);
    at = next;
  }
  return rows;
}

function takeServiceSubTlv(fields: Fields): void {
  const { bytes, at } = fields;
  const next = at + 3 + readU16(bytes, at + 1);
  if (bytes[at] !== 1) {
    fields.take(next - at, `sub-TLV ${bytes[at]}`, 1);
    return;
  }
  fields.take(3, 'sub-TLV 1 SRv6 SID Information', 1);
  fields.take(1, 'reserved', 2);
  fields.take(16, `SID ${formatIpv6(bytes, fields.at)}`, 2);
  fields.take(1, `flags 0x${toHex(bytes, fields.at, fields.at + 1)}`, 2);
  fields.take(2, `endpoint behavior 0x${toHex(bytes, fields.at, fields.at + 2)}`, 2);
  fields.take(1, 'reserved', 2);
  while (fields.at < next) takeStructure(fields);
}

function takeStructure(fields: Fields): void {
  const { bytes, at } = fields;
  const length = readU16(bytes, at + 1);
  if (bytes[at] !== 1) {
    fields.take(3 + length, `sub-sub-TLV ${bytes[at]}`, 2);
    return;
  }
  const [block, node, func, argument, transposed, offset] = bytes.subarray(at + 3, at + 9);
  const moved = transposed === 0 ? '' : `, ${transposed} bits from ${offset} on are in the label`;
  fields.take(
    3 + length,
    `SID structure: block ${block}, node ${node}, function ${func}, argument ${argument}${moved}`,
    2,
  );
}
