/** The EVPN extended communities, type 0x06, and what their six value octets say. */
import { readU16, readU24, readU32, u16, u24, u32 } from '../../bytes.ts';
import { checkUint } from '../../encode-error.ts';
import { encodeMac, formatMac } from '../../mac.ts';
import { decodeAdministrator, encodeAdministrator, encodings } from './administrator.ts';
import { EvpnSubtype } from './types.ts';
import type { ExtendedCommunityView } from './view.ts';

/** The kinds of this type. */
export type EvpnCommunityView = Extract<
  ExtendedCommunityView,
  {
    kind:
      | 'mac-mobility'
      | 'esi-label'
      | 'es-import'
      | 'router-mac'
      | 'layer2-attributes'
      | 'e-tree'
      | 'df-election'
      | 'arp-nd'
      | 'multicast-flags'
      | 'evi-route-target';
  }
>;

const STICKY = 0x01;
const SINGLE_ACTIVE = 0x01;
const LEAF = 0x01;
const Layer2Flag = { Backup: 0x01, Primary: 0x02, ControlWord: 0x04 } as const;
const ArpNdFlag = { Router: 0x01, Override: 0x02, Immutable: 0x08 } as const;
const ProxyFlag = { Igmp: 0x01, Mld: 0x02 } as const;
/** RFC 8584 §2.2.1: the lower five bits of the octet. */
const DF_ALGORITHM = 0x1f;

/** Takes the eight octets apart; undefined for a subtype that is not known. */
export function describeEvpnCommunity(bytes: Uint8Array): EvpnCommunityView | undefined {
  switch (bytes[1]) {
    case EvpnSubtype.MacMobility:
      return { kind: 'mac-mobility', sticky: (bytes[2] & STICKY) !== 0, sequence: readU32(bytes, 4) };
    case EvpnSubtype.EsiLabel:
      return { kind: 'esi-label', singleActive: (bytes[2] & SINGLE_ACTIVE) !== 0, label: readU24(bytes, 5) };
    case EvpnSubtype.EsImport:
      return { kind: 'es-import', mac: formatMac(bytes, 2) };
    case EvpnSubtype.RouterMac:
      return { kind: 'router-mac', mac: formatMac(bytes, 2) };
    case EvpnSubtype.Layer2Attributes: {
      const flags = readU16(bytes, 2);
      return {
        kind: 'layer2-attributes',
        controlWord: (flags & Layer2Flag.ControlWord) !== 0,
        primary: (flags & Layer2Flag.Primary) !== 0,
        backup: (flags & Layer2Flag.Backup) !== 0,
        flags,
        mtu: readU16(bytes, 4),
      };
    }
    case EvpnSubtype.ETree:
      return { kind: 'e-tree', leaf: (bytes[2] & LEAF) !== 0, label: readU24(bytes, 5) };
    case EvpnSubtype.DfElection:
      return {
        kind: 'df-election',
        algorithm: bytes[2] & DF_ALGORITHM,
        capabilities: readU16(bytes, 3),
        preference: readU16(bytes, 6),
      };
    case EvpnSubtype.ArpNd:
      return {
        kind: 'arp-nd',
        router: (bytes[2] & ArpNdFlag.Router) !== 0,
        override: (bytes[2] & ArpNdFlag.Override) !== 0,
        immutable: (bytes[2] & ArpNdFlag.Immutable) !== 0,
      };
    case EvpnSubtype.MulticastFlags: {
      const flags = readU16(bytes, 2);
      return {
        kind: 'multicast-flags',
        igmpProxy: (flags & ProxyFlag.Igmp) !== 0,
        mldProxy: (flags & ProxyFlag.Mld) !== 0,
      };
    }
    case EvpnSubtype.EviRouteTargetAs2:
    case EvpnSubtype.EviRouteTargetIpv4:
    case EvpnSubtype.EviRouteTargetAs4: {
      const encoding = encodings[bytes[1] - EvpnSubtype.EviRouteTargetAs2];
      return { kind: 'evi-route-target', value: decodeAdministrator(bytes, 2, encoding) };
    }
    default:
      return undefined;
  }
}

const bit = (flag: boolean, mask: number) => (flag ? mask : 0);

/** Subtype and value octets for a view, reserved bits zero. Throws an EncodeError for a value outside its field. */
export function encodeEvpnCommunity(view: EvpnCommunityView): number[] {
  switch (view.kind) {
    case 'mac-mobility':
      checkUint('sequence number', view.sequence, 0xffffffff);
      return [EvpnSubtype.MacMobility, bit(view.sticky, STICKY), 0, ...u32(view.sequence)];
    case 'esi-label':
      checkUint('ESI label', view.label, 0xffffff);
      return [EvpnSubtype.EsiLabel, bit(view.singleActive, SINGLE_ACTIVE), 0, 0, ...u24(view.label)];
    case 'es-import':
      return [EvpnSubtype.EsImport, ...encodeMac(view.mac)];
    case 'router-mac':
      return [EvpnSubtype.RouterMac, ...encodeMac(view.mac)];
    case 'layer2-attributes': {
      const known =
        bit(view.controlWord, Layer2Flag.ControlWord) |
        bit(view.primary, Layer2Flag.Primary) |
        bit(view.backup, Layer2Flag.Backup);
      const flags = (checkUint('control flags', view.flags, 0xffff) & ~7) | known;
      return [EvpnSubtype.Layer2Attributes, ...u16(flags), ...u16(checkUint('MTU', view.mtu, 0xffff)), 0, 0];
    }
    case 'e-tree':
      checkUint('leaf label', view.label, 0xffffff);
      return [EvpnSubtype.ETree, bit(view.leaf, LEAF), 0, 0, ...u24(view.label)];
    case 'df-election':
      checkUint('DF algorithm', view.algorithm, DF_ALGORITHM);
      checkUint('DF capabilities', view.capabilities, 0xffff);
      checkUint('DF preference', view.preference, 0xffff);
      return [EvpnSubtype.DfElection, view.algorithm, ...u16(view.capabilities), 0, ...u16(view.preference)];
    case 'arp-nd': {
      const flags =
        bit(view.router, ArpNdFlag.Router) |
        bit(view.override, ArpNdFlag.Override) |
        bit(view.immutable, ArpNdFlag.Immutable);
      return [EvpnSubtype.ArpNd, flags, 0, 0, 0, 0, 0];
    }
    case 'multicast-flags':
      return [
        EvpnSubtype.MulticastFlags,
        0,
        bit(view.igmpProxy, ProxyFlag.Igmp) | bit(view.mldProxy, ProxyFlag.Mld),
        0,
        0,
        0,
        0,
      ];
    case 'evi-route-target': {
      const subtype = EvpnSubtype.EviRouteTargetAs2 + encodings.indexOf(view.value.encoding);
      return [subtype, ...encodeAdministrator(view.value)];
    }
  }
}
