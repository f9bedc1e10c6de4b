/**
 * What nved calls what it makes. Everything of the kernel that begins with {@link PREFIX} is nved's own: what is not wanted
 * of it is removed. Names of devices have at most 15 characters, and a VNI has 8 digits at most.
 */
export const PREFIX = 'nved-';

/** nftables' table for what nved filters, of the family `bridge`. */
export const FILTER_TABLE = 'nved';

/** The bridge of a network with L2 service. */
export const bridgeName = (vni: number) => `${PREFIX}br${vni}`;

/** The VXLAN device of a network with L2 service. */
export const vxlanName = (vni: number) => `${PREFIX}vx${vni}`;

/** The port by which a network's bridge gives nved what it knows no place for. */
export const resolverName = (vni: number) => `${PREFIX}tp${vni}`;

export const isOurs = (device: string) => device.startsWith(PREFIX);

/**
 * The MAC address of a network's bridge and VXLAN device, locally administered. It is given because a bridge without one
 * takes the least of its ports', and the kernel forgets a bridge's neighbours each time that changes.
 */
export function bridgeMac(vni: number): string {
  return `02:6e:76:${[vni >> 16, vni >> 8, vni].map((octet) => (octet & 0xff).toString(16).padStart(2, '0')).join(':')}`;
}
