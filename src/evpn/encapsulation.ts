/**
 * How tenant traffic is carried between NVEs, as BGP says it (RFC 9012 §6, RFC 8365 §5.1), and what the label field of a
 * route then holds: a VNI or VSID fills all 24 bits (RFC 8365 §5.1.3), an MPLS label the upper 20.
 */
import { EncodeError } from 'bgp-ts';

/** IANA's BGP Tunnel Encapsulation Attribute Tunnel Types. */
export const tunnelTypes = {
  vxlan: 8,
  nvgre: 9,
  'mpls-in-gre': 11,
  'vxlan-gpe': 12,
  'mpls-in-udp': 13,
  geneve: 19,
} as const;

export type Encapsulation = keyof typeof tunnelTypes;

/** MPLS with no tunnel around it: an encapsulation of routes (RFC 9012 §6), and none between NVEs. */
const MPLS = 10;

const byTunnelType: ReadonlyMap<number, Encapsulation> = new Map(
  (Object.keys(tunnelTypes) as Encapsulation[]).map((encapsulation) => [tunnelTypes[encapsulation], encapsulation]),
);

/** The encapsulation of a tunnel type; undefined for one that NVEs do not use. */
export function encapsulationOf(tunnelType: number): Encapsulation | undefined {
  return byTunnelType.get(tunnelType);
}

const isMpls = (tunnelType: number): boolean =>
  tunnelType === MPLS || tunnelType === tunnelTypes['mpls-in-gre'] || tunnelType === tunnelTypes['mpls-in-udp'];

/**
 * The number of the virtual network in the raw 24 bits of a label field: the upper 20 where all that a route's sender can
 * do is MPLS, all of them in every other case. A route that names no tunnel type would mean MPLS or what is configured
 * (RFC 8365 §5.1.3); in a domain of overlay networks it means the latter.
 */
export function vniOfLabel(label: number, types: readonly number[]): number {
  return types.length > 0 && types.every(isMpls) ? label >>> 4 : label;
}

/**
 * The raw 24 bits of the label field that carries `vni` to an NVE with these encapsulations. Throws an EncodeError when it
 * does not fit, or when the encapsulations read the field differently.
 */
export function labelOfVni(vni: number, encapsulations: readonly Encapsulation[]): number {
  const mpls = encapsulations.filter((encapsulation) => isMpls(tunnelTypes[encapsulation])).length;
  if (mpls > 0 && mpls < encapsulations.length) {
    throw new EncodeError(`${encapsulations.join(' and ')} read a label differently and cannot share a route`);
  }
  const bits = mpls > 0 ? 20 : 24;
  if (!Number.isInteger(vni) || vni < 0 || vni >= 2 ** bits) throw new EncodeError(`VNI ${vni} has no ${bits} bits`);
  // bottom of stack, as one label is all there is (RFC 3032 §2.1)
  return mpls > 0 ? (vni << 4) | 1 : vni;
}

/** Whether what is carried is always an Ethernet frame, so that routed packets need a MAC address to be sent to (RFC 9136 §3.2, §4.4.1). */
export function carriesFramesOnly(encapsulations: readonly Encapsulation[]): boolean {
  return encapsulations.includes('vxlan') || encapsulations.includes('nvgre');
}
