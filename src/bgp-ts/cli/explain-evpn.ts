/** An EVPN route field by field (RFC 7432 §7, RFC 9136 §3.1, RFC 9251 §9, RFC 9572 §3). */
import { readU32, toHex } from '../wire/bytes.ts';
import { formatMac } from '../wire/mac.ts';
import type { EvpnNlri } from '../wire/nlri/evpn/evpn.ts';
import { addressOctets } from '../wire/nlri/evpn/fields.ts';
import { formatRd, RD_LENGTH } from '../wire/rd.ts';
import { explainEsi } from './explain-esi.ts';
import { Fields } from './fields.ts';
import { evpnRouteTypeText } from './names.ts';
import type { Row } from './row.ts';

/** Rows for the route at `bytes[at, end)`, path identifier left out, which was decoded as `route`. */
export function explainEvpnRoute(bytes: Uint8Array, at: number, end: number, route: EvpnNlri, depth: number): Row[] {
  const fields = new Fields(bytes, at, depth);
  fields.take(1, `route type ${evpnRouteTypeText(route.type)}`);
  fields.take(1, `length ${bytes[at + 1]}`);
  if ('rd' in route) fields.take(RD_LENGTH, `RD ${formatRd(route.rd)}, type ${route.rd.type}`);
  if ('esi' in route) explainEsi(fields);
  if ('ethernetTag' in route) ethernetTag(fields);
  explainRest(fields, route, end);
  return fields.rows;
}

function ethernetTag(fields: Fields): void {
  const tag = readU32(fields.bytes, fields.at);
  fields.take(4, tag === 0xffffffff ? 'Ethernet tag MAX-ET' : `Ethernet tag ${tag}`);
}

/** What stands behind RD, ESI and Ethernet tag. */
function explainRest(fields: Fields, route: EvpnNlri, end: number): void {
  const { bytes } = fields;
  switch (route.kind) {
    case 'ethernet-auto-discovery':
      fields.label('label');
      return;
    case 'mac-ip-advertisement':
      fields.take(1, `MAC address length ${bytes[fields.at]}`);
      fields.take(6, `MAC address ${formatMac(bytes, fields.at)}`);
      address(fields, 'IP address', route.ip);
      fields.label('label 1');
      if (route.label2 !== undefined) fields.label('label 2');
      return;
    case 'inclusive-multicast':
    case 'ethernet-segment':
      address(fields, 'originator', route.originator);
      return;
    case 'ip-prefix': {
      const [prefix, bits] = route.prefix.split('/');
      const octets = prefix.includes(':') ? 16 : 4;
      fields.take(1, `IP prefix length ${bits}`);
      fields.take(octets, `IP prefix ${prefix}`);
      fields.take(octets, `gateway ${route.gateway}`);
      fields.label('label');
      return;
    }
    case 'per-region-i-pmsi':
      fields.take(end - fields.at, `region id ${route.regionId}`);
      return;
    case 'leaf':
      fields.take(route.routeKey.length / 2, 'route key');
      address(fields, 'originator', route.originator);
      return;
    case 'opaque-evpn':
      fields.rest(end, 'value');
      return;
    default:
      multicast(fields, route, end);
      return;
  }
}

type MulticastRoute = Extract<EvpnNlri, { type: 6 | 7 | 8 | 10 }>;

function multicast(fields: Fields, route: MulticastRoute, end: number): void {
  address(fields, 'multicast source', route.source);
  address(fields, 'multicast group', route.group);
  address(fields, 'originator', route.originator);
  if (route.kind === 'leave-synch') {
    fields.take(4, `reserved ${route.reserved}`);
    fields.take(1, `maximum response time ${route.maximumResponseTime}`);
  }
  fields.rest(end, `flags 0x${toHex(fields.bytes, fields.at, end)}`);
}

/** A length in bits, and the address if there is one. */
function address(fields: Fields, name: string, text: string | undefined): void {
  const bits = fields.bytes[fields.at];
  fields.take(1, `${name} length ${bits}`);
  if (text !== undefined) fields.take(addressOctets(bits), `${name} ${text}`);
}
