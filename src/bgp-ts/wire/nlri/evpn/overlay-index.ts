/** What a received type-5 route's prefix resolves through, and which combinations are refused (RFC 9136 §3.1, §3.2). */
import { type Esi, ZERO_ESI } from '../../esi.ts';
import { parseMac } from '../../mac.ts';
import type { IpPrefix } from './ip-prefix.ts';

export type OverlayIndex =
  | { readonly kind: 'esi'; readonly esi: Esi }
  | { readonly kind: 'gateway'; readonly address: string }
  /** `certain` when nothing else is left; otherwise the receiver's policy may take it for "none". */
  | { readonly kind: 'mac'; readonly mac: string; readonly certain: boolean }
  /** The BGP next hop is the way. */
  | { readonly kind: 'none' }
  /** The route is to be treated as withdrawn. */
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Table 1 of RFC 9136 §3.2 for an announced route. `routerMac` is its Router's MAC extended community, where it has
 * one. Withdrawals are not to be judged so: what is not key means nothing in them.
 */
export function overlayIndex(route: IpPrefix, routerMac?: string): OverlayIndex {
  const hasEsi = route.esi !== ZERO_ESI;
  const hasGateway = route.gateway !== '0.0.0.0' && route.gateway !== '::';
  if (hasEsi && hasGateway) return { kind: 'invalid', reason: 'both ESI and gateway address are given' };
  if (hasEsi) return { kind: 'esi', esi: route.esi };
  if (hasGateway) return { kind: 'gateway', address: route.gateway };
  if (routerMac !== undefined) {
    if (!isUnicastMac(routerMac)) return { kind: 'invalid', reason: `${routerMac} is no unicast MAC address` };
    return { kind: 'mac', mac: routerMac, certain: route.label === 0 };
  }
  return route.label === 0 ? { kind: 'invalid', reason: 'neither label nor overlay index is given' } : { kind: 'none' };
}

/** Neither group address nor all zeros (RFC 9136 §3.2, note * of Table 1). */
function isUnicastMac(mac: string): boolean {
  const octets = parseMac(mac);
  return octets !== undefined && (octets[0] & 1) === 0 && octets.some((octet) => octet !== 0);
}
