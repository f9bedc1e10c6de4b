/** From an extended community's octets to its view and back (RFC 4360, RFC 5668, RFC 7153, RFC 9012 §4). */
import { fromHex, readU16, readU32, toHex, u16, u32 } from '../../bytes.ts';
import { checkUint, EncodeError } from '../../encode-error.ts';
import { decodeAdministrator, encodeAdministrator, encodings, parseAdministrator } from './administrator.ts';
import { describeEvpnCommunity, encodeEvpnCommunity } from './evpn.ts';
import { type ExtendedCommunity, encodeExtendedCommunity, NON_TRANSITIVE } from './octets.ts';
import { AdministratorSubtype, ExtendedType, OpaqueSubtype } from './types.ts';
import type { ExtendedCommunityView } from './view.ts';

/** Views of communities that were asked about lately: routes share few of them, and each set of attributes asks again. */
const views = new Map<ExtendedCommunity, ExtendedCommunityView>();
const MOST_VIEWS = 4096;

/** Takes a community apart. Types and subtypes that are not known are opaque, never an error (RFC 7606 §7.14). */
export function describeExtendedCommunity(community: ExtendedCommunity): ExtendedCommunityView {
  const known = views.get(community);
  if (known !== undefined) return known;
  const view = describe(community);
  if (views.size === MOST_VIEWS) views.clear();
  views.set(community, view);
  return view;
}

function describe(community: ExtendedCommunity): ExtendedCommunityView {
  const bytes = encodeExtendedCommunity(community);
  return describeKnown(bytes) ?? { kind: 'opaque', type: bytes[0], subtype: bytes[1], value: toHex(bytes, 2) };
}

function describeKnown(bytes: Uint8Array): ExtendedCommunityView | undefined {
  const transitive = (bytes[0] & NON_TRANSITIVE) === 0;
  const type = bytes[0] & ~NON_TRANSITIVE;
  if (type <= ExtendedType.As4) return describeAdministrated(bytes, type, transitive);
  if (!transitive) return undefined;
  if (type === ExtendedType.Opaque) return describeOpaque(bytes);
  return type === ExtendedType.Evpn ? describeEvpnCommunity(bytes) : undefined;
}

function describeAdministrated(
  bytes: Uint8Array,
  type: number,
  transitive: boolean,
): ExtendedCommunityView | undefined {
  switch (bytes[1]) {
    case AdministratorSubtype.RouteTarget:
      return { kind: 'route-target', transitive, value: decodeAdministrator(bytes, 2, encodings[type]) };
    case AdministratorSubtype.RouteOrigin:
      return { kind: 'route-origin', transitive, value: decodeAdministrator(bytes, 2, encodings[type]) };
    case AdministratorSubtype.LinkBandwidth: {
      if (type !== ExtendedType.As2) return undefined;
      const octetsPerSecond = new DataView(bytes.buffer, bytes.byteOffset).getFloat32(4);
      return { kind: 'link-bandwidth', transitive, asn: readU16(bytes, 2), octetsPerSecond };
    }
    default:
      return undefined;
  }
}

function describeOpaque(bytes: Uint8Array): ExtendedCommunityView | undefined {
  switch (bytes[1]) {
    case OpaqueSubtype.Color:
      return { kind: 'color', flags: readU16(bytes, 2), color: readU32(bytes, 4) };
    case OpaqueSubtype.Encapsulation:
      return { kind: 'encapsulation', tunnelType: readU16(bytes, 6) };
    case OpaqueSubtype.DefaultGateway:
      return { kind: 'default-gateway' };
    default:
      return undefined;
  }
}

/** The community for a view, reserved bits zero. Throws an EncodeError for a value outside its field. */
export function extendedCommunity(view: ExtendedCommunityView): ExtendedCommunity {
  return toHex(Uint8Array.from(encodeView(view)));
}

function encodeView(view: ExtendedCommunityView): number[] {
  switch (view.kind) {
    case 'route-target':
    case 'route-origin': {
      const type = encodings.indexOf(view.value.encoding) | (view.transitive ? 0 : NON_TRANSITIVE);
      const { RouteTarget, RouteOrigin } = AdministratorSubtype;
      return [type, view.kind === 'route-target' ? RouteTarget : RouteOrigin, ...encodeAdministrator(view.value)];
    }
    case 'link-bandwidth': {
      const type = view.transitive ? ExtendedType.As2 : ExtendedType.As2 | NON_TRANSITIVE;
      const bandwidth = new DataView(new ArrayBuffer(4));
      bandwidth.setFloat32(0, view.octetsPerSecond);
      const asn = u16(checkUint('two-octet AS number', view.asn, 0xffff));
      return [type, AdministratorSubtype.LinkBandwidth, ...asn, ...u32(bandwidth.getUint32(0))];
    }
    case 'color':
      checkUint('color', view.color, 0xffffffff);
      return [
        ExtendedType.Opaque,
        OpaqueSubtype.Color,
        ...u16(checkUint('flags', view.flags, 0xffff)),
        ...u32(view.color),
      ];
    case 'encapsulation':
      checkUint('tunnel type', view.tunnelType, 0xffff);
      return [ExtendedType.Opaque, OpaqueSubtype.Encapsulation, 0, 0, 0, 0, ...u16(view.tunnelType)];
    case 'default-gateway':
      return [ExtendedType.Opaque, OpaqueSubtype.DefaultGateway, 0, 0, 0, 0, 0, 0];
    case 'opaque': {
      const value = fromHex(view.value);
      if (value?.length !== 6) throw new EncodeError(`${JSON.stringify(view.value)} is not six octets`);
      return [checkUint('type', view.type, 255), checkUint('subtype', view.subtype, 255), ...value];
    }
    default:
      return [ExtendedType.Evpn, ...encodeEvpnCommunity(view)];
  }
}

/** The transitive route target that `text` names, `65000:10` or `192.0.2.1:10`; undefined when it names none. */
export function parseRouteTarget(text: string): ExtendedCommunity | undefined {
  const value = parseAdministrator(text);
  return value === undefined ? undefined : extendedCommunity({ kind: 'route-target', transitive: true, value });
}

/** Whether the community is a route target of any encoding (RFC 4360 §4), by its octets alone. */
export function isRouteTarget(community: ExtendedCommunity): boolean {
  return /^[04][0-2]02/.test(community);
}
