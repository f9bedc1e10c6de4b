/** The value of a path attribute, taken apart where it has parts. */
import { formatAttribute } from '../wire/attribute/format.ts';
import type { PathAttributes } from '../wire/attribute/path-attributes.ts';
import type { AttributeKey } from '../wire/attribute/registry.ts';
import { readU16, readU32 } from '../wire/bytes.ts';
import { decodeExtendedCommunity } from '../wire/community/extended/octets.ts';
import {
  decodeIpv6ExtendedCommunity,
  describeIpv6ExtendedCommunity,
  formatIpv6ExtendedCommunity,
} from '../wire/community/ipv6-extended.ts';
import { formatCommunity } from '../wire/community/standard.ts';
import type { DecodeContext } from '../wire/context.ts';
import { formatIpv4 } from '../wire/ip.ts';
import { extendedCommunityText } from './explain-community.ts';
import { explainPrefixSid } from './explain-prefix-sid.ts';
import { explainPmsiTunnel, explainTunnelEncapsulation } from './explain-tunnel.ts';
import { Fields } from './fields.ts';
import { familyText } from './names.ts';
import { type Row, row } from './row.ts';

/** Where a value lies. */
export interface ValueSpan {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Rows for the value of the attribute `key`, which is not empty and was decoded into `decoded`. */
export function explainValue(
  key: AttributeKey,
  { bytes, start, end }: ValueSpan,
  decoded: PathAttributes,
  ctx: DecodeContext,
  depth: number,
): Row[] {
  const plain = () => [row(start, end, depth, decodedText(key, decoded) ?? 'as it stands')];
  // AS4_PATH and AS4_AGGREGATOR have gone into others (RFC 6793 §4.2.3)
  if (key === 'as4Path' || key === 'as4Aggregator' || decoded[key] === undefined) return plain();
  const fields = new Fields(bytes, start, depth);
  switch (key) {
    case 'asPath':
      // where an AS4_PATH was merged into it, the decoded path is not what stands here
      while (fields.at < end) takeSegment(fields, ctx.asn4 ? 4 : 2);
      return fields.rows;
    case 'communities':
      while (fields.at < end) fields.take(4, formatCommunity(readU32(bytes, fields.at)));
      return fields.rows;
    case 'extendedCommunities':
      while (fields.at < end) fields.take(8, extendedCommunityText(decodeExtendedCommunity(bytes, fields.at)));
      return fields.rows;
    case 'ipv6ExtendedCommunities':
      while (fields.at < end) {
        const one = decodeIpv6ExtendedCommunity(bytes, fields.at);
        const { kind } = describeIpv6ExtendedCommunity(one);
        fields.take(20, `${formatIpv6ExtendedCommunity(one)}, ${kind.replace('-', ' ')}`);
      }
      return fields.rows;
    case 'clusterList':
      while (fields.at < end) fields.take(4, `cluster ${formatIpv4(bytes, fields.at)}`);
      return fields.rows;
    case 'largeCommunities':
      while (fields.at < end) {
        const [a, b, c] = [0, 4, 8].map((offset) => readU32(bytes, fields.at + offset));
        fields.take(12, `${a}:${b}:${c}`);
      }
      return fields.rows;
    case 'pmsiTunnel':
      return decoded.pmsiTunnel === undefined
        ? plain()
        : explainPmsiTunnel(bytes, start, end, decoded.pmsiTunnel, depth);
    case 'tunnelEncapsulation':
      return explainTunnelEncapsulation(bytes, start, end, depth);
    case 'prefixSid':
      return explainPrefixSid(bytes, start, end, depth);
    case 'linkState':
      while (fields.at < end) takeTlv(fields, 'TLV');
      return fields.rows;
    case 'nextHopCharacteristics': {
      const { family = 0, nextHop = '' } = decoded.nextHopCharacteristics ?? {};
      fields.take(3, `AFI/SAFI ${familyText(family)}`);
      fields.take(1 + nextHop.length / 2, `next hop 0x${nextHop}`);
      while (fields.at < end) takeTlv(fields, 'characteristic');
      return fields.rows;
    }
    case 'aigp':
      while (fields.at < end) {
        const [type, length] = [bytes[fields.at], readU16(bytes, fields.at + 1)];
        const metric =
          type === 1 ? `, metric ${new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(fields.at + 3)}` : '';
        fields.take(length, `TLV ${type}${metric}`);
      }
      return fields.rows;
    default:
      return plain();
  }
}

/** A type and a length of two octets each, and the value. */
function takeTlv(fields: Fields, name: string): void {
  const { bytes, at } = fields;
  fields.take(4 + readU16(bytes, at + 2), `${name} ${readU16(bytes, at)}, ${readU16(bytes, at + 2)} octets`);
}

const segmentNames = ['', 'AS_SET', 'AS_SEQUENCE', 'AS_CONFED_SEQUENCE', 'AS_CONFED_SET'];

function takeSegment(fields: Fields, width: 2 | 4): void {
  const { bytes, at } = fields;
  const count = bytes[at + 1];
  const asns = Array.from({ length: count }, (_, i) => {
    const place = at + 2 + i * width;
    return width === 2 ? readU16(bytes, place) : readU32(bytes, place);
  });
  fields.take(2 + count * width, `${segmentNames[bytes[at]]} ${asns.join(' ')}`);
}

function decodedText(key: AttributeKey, decoded: PathAttributes): string | undefined {
  if (key === 'as4Path' || key === 'as4Aggregator') return undefined;
  const value = decoded[key];
  if (value === undefined) return undefined;
  return formatAttribute(key, value);
}
