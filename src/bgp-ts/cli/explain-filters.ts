/** The outbound route filters behind a ROUTE-REFRESH (RFC 5291 §4), prefix filters taken apart (RFC 5292 §3). */
import { readU16, readU32, toHex } from '../wire/bytes.ts';
import { Fields } from './fields.ts';
import type { Row } from './row.ts';

const whenToRefresh = ['', 'immediate', 'deferred'];
const ADDRESS_PREFIX = 64;
const actions = ['add', 'remove', 'remove all', 'undefined action'];

/** Rows for `bytes[start, end)`. What does not add up is shown as it stands. */
export function explainFilters(bytes: Uint8Array, start: number, end: number, depth: number): Row[] {
  const fields = new Fields(bytes, start, depth);
  if (start < end) fields.take(1, `when to refresh: ${whenToRefresh[bytes[start]] || bytes[start]}`);
  while (fields.at + 3 <= end) {
    const type = bytes[fields.at];
    const next = fields.at + 3 + readU16(bytes, fields.at + 1);
    if (next > end) break;
    fields.take(
      3,
      `ORF type ${type}${type === ADDRESS_PREFIX ? ' address prefix' : ''}, ${next - fields.at - 3} octets`,
    );
    while (fields.at < next) takeEntry(fields, type, next);
  }
  fields.rest(end, 'outbound route filters, cut');
  return fields.rows;
}

function takeEntry(fields: Fields, type: number, end: number): void {
  const { bytes, at } = fields;
  const action = bytes[at] >> 6;
  const text = `${actions[action]}, ${(bytes[at] & 0x20) === 0 ? 'permit' : 'deny'}`;
  if (action === 2) {
    fields.take(1, actions[action], 1);
    return;
  }
  const octets = at + 8 <= end ? (bytes[at + 7] + 7) >> 3 : 0;
  if (type !== ADDRESS_PREFIX || at + 8 + octets > end) {
    fields.take(end - at, text, 1);
    return;
  }
  const [minimum, maximum, length] = bytes.subarray(at + 5, at + 8);
  const prefix = `0x${toHex(bytes, at + 8, at + 8 + octets)}/${length}`;
  fields.take(
    8 + octets,
    `${text}, sequence ${readU32(bytes, at + 1)}, ${prefix} from ${minimum} to ${maximum} bits`,
    1,
  );
}
