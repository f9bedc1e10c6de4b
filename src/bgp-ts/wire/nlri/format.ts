/** NLRI as people write them, in the bracket form that EVPN operators know from their routers. */
import { formatExtendedCommunity } from '../community/extended/format.ts';
import { familyAfi, familySafi } from '../constants.ts';
import { formatEsi } from '../esi.ts';
import { formatRd } from '../rd.ts';
import type { EvpnNlri } from './evpn/evpn.ts';
import type { MulticastState } from './evpn/multicast.ts';
import type { Nlri } from './nlri.ts';
import type { RtConstrainNlri } from './rt-constrain.ts';

/**
 * One line for logs and tables. EVPN routes show what identifies them, such as
 * `[2]:[192.0.2.1:3]:[0]:[48]:[02:00:00:00:00:11]:[32]:[172.16.10.11]`; labels and the like are not part of it. A path
 * identifier stands in front, `7 10.0.0.0/8`.
 */
export function formatNlri(nlri: Nlri): string {
  const text = format(nlri);
  return nlri.pathId === undefined ? text : `${nlri.pathId} ${text}`;
}

function format(nlri: Nlri): string {
  switch (nlri.kind) {
    case 'prefix':
    case 'labelled':
      return nlri.prefix;
    case 'vpn':
      return `${formatRd(nlri.rd)}:${nlri.prefix}`;
    case 'rt-constrain':
      return formatMembership(nlri);
    case 'opaque':
      return `afi ${familyAfi(nlri.family)} safi ${familySafi(nlri.family)} ${nlri.octets}`;
    default:
      return [nlri.type, ...evpnFields(nlri)].map((field) => `[${field}]`).join(':');
  }
}

function formatMembership({ length, originAs, routeTarget }: RtConstrainNlri): string {
  if (length === 0) return 'default';
  if (length === 32) return `${originAs}:*`;
  return length === 96
    ? `${originAs}:${formatExtendedCommunity(routeTarget)}`
    : `${originAs}:0x${routeTarget}/${length}`;
}

function evpnFields(nlri: EvpnNlri): (string | number)[] {
  switch (nlri.kind) {
    case 'ethernet-auto-discovery':
      return [formatRd(nlri.rd), formatEsi(nlri.esi), nlri.ethernetTag];
    case 'mac-ip-advertisement':
      return [formatRd(nlri.rd), nlri.ethernetTag, 48, nlri.mac, ...(nlri.ip === undefined ? [] : withBits(nlri.ip))];
    case 'inclusive-multicast':
      return [formatRd(nlri.rd), nlri.ethernetTag, ...withBits(nlri.originator)];
    case 'ethernet-segment':
      return [formatRd(nlri.rd), formatEsi(nlri.esi), ...withBits(nlri.originator)];
    case 'ip-prefix': {
      const [address, bits] = nlri.prefix.split('/');
      return [formatRd(nlri.rd), nlri.ethernetTag, bits, address];
    }
    case 'selective-multicast':
    case 's-pmsi':
      return [formatRd(nlri.rd), nlri.ethernetTag, ...multicastFields(nlri)];
    case 'membership-report-synch':
    case 'leave-synch':
      return [formatRd(nlri.rd), formatEsi(nlri.esi), nlri.ethernetTag, ...multicastFields(nlri)];
    case 'per-region-i-pmsi':
      return [formatRd(nlri.rd), nlri.ethernetTag, nlri.regionId];
    case 'leaf':
      return [nlri.routeKey, ...withBits(nlri.originator)];
    case 'opaque-evpn':
      return [nlri.octets];
  }
}

const withBits = (address: string): [number, string] => [address.includes(':') ? 128 : 32, address];

function multicastFields({ source, group, originator }: MulticastState): (string | number)[] {
  return [source ?? '*', group ?? '*', ...withBits(originator)];
}
