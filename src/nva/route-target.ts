import { formatExtendedCommunity, parseRouteTarget } from 'bgp-ts';

/**
 * The route target of a network that is given none (RFC 8365 §5.1.2.1): the domain's AS and the VNI, as routers derive it
 * by themselves. Of a four-octet AS the lower 16 bits stand for it, as with FRR: beside four octets of AS number only 16
 * bits would be left for a VNI of 24.
 */
export function automaticRouteTarget(asn: number, vni: number): string {
  return `${asn & 0xffff}:${vni}`;
}

/** One text for each route target (`065000:10` is `65000:10`); undefined for what is none. */
export function canonicalRouteTarget(text: string): string | undefined {
  const community = parseRouteTarget(text);
  return community === undefined ? undefined : formatExtendedCommunity(community).slice('RT:'.length);
}
