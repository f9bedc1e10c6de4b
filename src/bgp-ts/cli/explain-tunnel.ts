/** PMSI_TUNNEL and TUNNEL_ENCAPSULATION field by field. */
import type { PmsiTunnel } from '../wire/attribute/pmsi-tunnel.ts';
import { describeSubTlv, SubTlvType } from '../wire/attribute/tunnel-sub-tlv.ts';
import { readU16, toHex } from '../wire/bytes.ts';
import { Fields } from './fields.ts';
import { pmsiTunnelTypeText, tunnelTypeText } from './names.ts';
import { formatValue, type Row } from './row.ts';

const LEAF_INFORMATION = 0x01;

/** RFC 6514 §5. */
export function explainPmsiTunnel(
  bytes: Uint8Array,
  start: number,
  end: number,
  { flags, tunnel }: PmsiTunnel,
  depth: number,
): Row[] {
  const fields = new Fields(bytes, start, depth);
  const asks = (flags & LEAF_INFORMATION) === 0 ? '' : ', leaf information is asked for';
  fields.take(1, `flags 0x${flags.toString(16).padStart(2, '0')}${asks}`);
  fields.take(1, `tunnel type ${pmsiTunnelTypeText(tunnel.type)}`);
  fields.label('label');
  switch (tunnel.kind) {
    case 'ingress-replication':
      fields.rest(end, `tunnel endpoint ${tunnel.endpoint}`);
      break;
    case 'pim': {
      const half = (end - fields.at) / 2;
      fields.take(half, `source or root ${tunnel.source}`);
      fields.take(half, `multicast group ${tunnel.group}`);
      break;
    }
    case 'opaque':
      fields.rest(end, 'tunnel identifier');
  }
  return fields.rows;
}

const subTlvNames = new Map<number, string>(
  Object.entries(SubTlvType).map(([name, type]) => [type, name.replace(/(?<=.)[A-Z]/g, (letter) => ` ${letter}`)]),
);

/** RFC 9012 §2, §3. The attribute is one whose structure holds. */
export function explainTunnelEncapsulation(bytes: Uint8Array, start: number, end: number, depth: number): Row[] {
  const rows: Row[] = [];
  for (let at = start; at + 4 <= end; ) {
    const type = readU16(bytes, at);
    const next = Math.min(end, at + 4 + readU16(bytes, at + 2));
    const fields = new Fields(bytes, at, depth);
    fields.take(4, `tunnel type ${tunnelTypeText(type)}, ${next - at - 4} octets`);
    while (fields.at < next) takeSubTlv(fields, type, next);
    rows.push(...fields.rows);
    at = next;
  }
  return rows;
}

/** Sub-TLV types from here on have a length of two octets (RFC 9012 §2). */
const LONG_LENGTH = 128;

function takeSubTlv(fields: Fields, tunnelType: number, end: number): void {
  const { bytes, at } = fields;
  const long = bytes[at] >= LONG_LENGTH;
  const value = Math.min(end, at + (long ? 3 : 2));
  const next = Math.min(end, value + (long ? readU16(bytes, at + 1) : bytes[at + 1]));
  const subTlv = { type: bytes[at], value: toHex(bytes, value, next) };
  const { kind, ...said } = describeSubTlv(tunnelType, subTlv);
  const name = subTlvNames.get(subTlv.type);
  const title = name === undefined ? `sub-TLV ${subTlv.type}` : `sub-TLV ${subTlv.type} ${name}`;
  fields.take(next - at, kind === 'opaque' ? title : `${title}: ${formatValue(said)}`, 1);
}
