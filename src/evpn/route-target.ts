/**
 * Route targets of virtual networks: how one is made of a VNI, and which VNI one stands for (RFC 4360 §4, RFC 8365
 * §5.1.2.1).
 *
 * RFC 8365 §5.1.2.1 makes it of the AS number (two octets) and four octets more: a bit that is set where the target was
 * made by hand, three of type (VXLAN is 1), four of domain, and the 24 of the VNI. What routers do unless told otherwise,
 * FRR and GoBGP's users among them, is the VNI alone behind the AS number, and so do we; with a four-octet AS number FRR
 * takes its lower 16 bits, and so do we again. Both forms are understood.
 */
import {
  describeExtendedCommunity,
  EncodeError,
  type ExtendedCommunity,
  extendedCommunity,
  formatExtendedCommunity,
  parseRouteTarget,
} from 'bgp-ts';

/** What a 24-bit service number is one of (RFC 8365 §5.1.2.1). */
export const serviceTypes = ['vid', 'vxlan', 'nvgre', 'i-sid', 'evi', 'dual-vid'] as const;
export type ServiceType = (typeof serviceTypes)[number];

/** What a route target in the form of RFC 8365 §5.1.2.1 is derived from. */
export interface DerivedTarget {
  /** Two octets. */
  readonly asn: number;
  readonly type: ServiceType;
  /** Tells apart networks whose numbers overlap, 0 to 15; 0 where there are none. */
  readonly domainId: number;
  /** 24 bits. */
  readonly serviceId: number;
}

const MAX_VNI = 0xffffff;
const MANUAL = 0x80;

/** The target that a network has when none is given, as text: `65000:10`, and `60063:10` in AS 4200000159. */
export function automaticRouteTarget(asn: number, vni: number): string {
  return `${asn & 0xffff}:${vni}`;
}

/** The target in the form of RFC 8365 §5.1.2.1. Throws an EncodeError for a number outside its field. */
export function derivedRouteTarget({ asn, type, domainId, serviceId }: DerivedTarget): ExtendedCommunity {
  const fits = Number.isInteger(domainId) && domainId >= 0 && domainId <= 15 && serviceId >= 0 && serviceId <= MAX_VNI;
  if (!fits) throw new EncodeError(`domain ${domainId} and service ${serviceId} do not fit in 4 and 24 bits`);
  const local = ((serviceTypes.indexOf(type) << 28) | (domainId << 24) | serviceId) >>> 0;
  return extendedCommunity({ kind: 'route-target', transitive: true, value: { encoding: 'as2', asn, local } });
}

/**
 * What a target in the form of RFC 8365 §5.1.2.1 was derived from; undefined for any other. A VLAN ID in domain 0 looks
 * like a VNI that stands alone, and is taken for that.
 */
export function derivationOf(target: ExtendedCommunity): DerivedTarget | undefined {
  const view = describeExtendedCommunity(target);
  if (view.kind !== 'route-target' || view.value.encoding !== 'as2') return undefined;
  const { asn, local } = view.value;
  const form = local >>> 24;
  const type = serviceTypes[form >>> 4];
  if (form === 0 || (form & MANUAL) !== 0 || type === undefined) return undefined;
  return { asn, type, domainId: form & 15, serviceId: local & MAX_VNI };
}

/**
 * The VNI that a target stands for: the number behind its administrator, where that is the whole of it or RFC 8365
 * §5.1.2.1 says that it is a VNI or VSID. Undefined where it is none: 0, a number that is made otherwise, and whatever is no
 * route target. A four-octet AS number or an IPv4 address leave room for 16 bits.
 */
export function vniOfRouteTarget(target: ExtendedCommunity): number | undefined {
  const view = describeExtendedCommunity(target);
  if (view.kind !== 'route-target') return undefined;
  const { local } = view.value;
  const derived = derivationOf(target);
  if (derived !== undefined) {
    const isVni = derived.type === 'vxlan' || derived.type === 'nvgre';
    return isVni && derived.serviceId > 0 ? derived.serviceId : undefined;
  }
  return local > 0 && local <= MAX_VNI ? local : undefined;
}

/** `65000:10`, `192.0.2.1:10`, as `parseRouteTarget` reads it but for four-octet AS numbers that fit in two. Undefined for what is no route target. */
export function formatRouteTarget(target: ExtendedCommunity): string | undefined {
  const view = describeExtendedCommunity(target);
  if (view.kind !== 'route-target') return undefined;
  const { value } = view;
  return `${value.encoding === 'ipv4' ? value.address : value.asn}:${value.local}`;
}

/** One text for each route target (`065000:10` is `65000:10`); undefined for what is none. */
export function canonicalRouteTarget(text: string): string | undefined {
  const community = parseRouteTarget(text);
  return community === undefined ? undefined : textOfRouteTarget(community);
}

/** That text of one. */
export function textOfRouteTarget(target: ExtendedCommunity): string {
  return formatExtendedCommunity(target).slice('RT:'.length);
}
