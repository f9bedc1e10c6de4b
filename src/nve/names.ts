import { createHash } from 'node:crypto';

/**
 * What nved calls what it makes. Everything of the kernel that begins with {@link PREFIX} is nved's own: what is not wanted
 * of it is removed. Names of devices have at most 15 characters, and a VNI has 8 digits at most.
 */
const PREFIX = 'nved-';

/** nftables' table for what nved filters: of the family `bridge`, and for gateway roles of the family `inet`. */
export const FILTER_TABLE = 'nved';

/** Of the family `bridge`: how many hosts may be learnt behind a port, and which have been heard there. */
export const HOSTS_TABLE = 'nved_hosts';

/** The bridge of a network with L2 service. */
export const bridgeName = (vni: number) => `${PREFIX}br${vni}`;

/** The VXLAN device of a network with L2 service. */
export const vxlanName = (vni: number) => `${PREFIX}vx${vni}`;

/** The port by which a network's bridge gives nved what it knows no place for. */
export const resolverName = (vni: number) => `${PREFIX}tp${vni}`;

/**
 * The namespace of a router. Names of namespaces are the machine's, also where several nved run in namespaces of their own:
 * the tunnel address tells them apart.
 */
export const routerNamespace = (tunnelAddress: string, vni: number) => `${routerNamespaces(tunnelAddress)}${vni}`;

/** With what the names of one nved's begin. */
export const routerNamespaces = (tunnelAddress: string) => `${PREFIX}${tunnelAddress}-`;

/** The port by which a network's bridge leads to its router. */
export const gatewayName = (vni: number) => `${PREFIX}gw${vni}`;

/** The router's end of it, in the router's namespace. */
export const gatewayDevice = (vni: number) => `gw${vni}`;

/** The router's MAC address in a network, the same on every NVE, so that a tenant that moves finds it again. */
export const gatewayMac = (vni: number) => `06:6e:00:${[vni >> 16, vni >> 8, vni].map(hexOctet).join(':')}`;

/** Tells crossings apart, in 41 bits of what a name of 15 characters has room for; another namespace is another one. */
function crossingLetters(network: string, outside: string, namespace: string | undefined): string {
  const words = JSON.stringify([network, outside, namespace]);
  return createHash('sha256').update(words).digest().readUIntBE(0, 6).toString(36).padStart(8, '0').slice(-8);
}

/** The pair of devices by which a network's bridge leads to that of a crossing's far side. */
export function crossingPair(network: string, outside: string, namespace: string | undefined) {
  const letters = crossingLetters(network, outside, namespace);
  return { inside: `${PREFIX}xi${letters}`, outside: `${PREFIX}xo${letters}` } as const;
}

const CROSSING_DEVICE = 'xr';

/** By which a router leads to that of a crossing's far side, and that back. */
export const crossingDevice = (network: string, outside: string, namespace: string | undefined) =>
  `${CROSSING_DEVICE}${crossingLetters(network, outside, namespace)}`;

/** Whether a device of a router leads to another router. */
export const isPairDevice = (device: string) => joinedVni(device) !== undefined || device.startsWith(CROSSING_DEVICE);

/** The namespace of the router of a crossing's far side; among those of the NVE's own tunnel address. */
export const crossingNamespace = (own: string, network: string, outside: string, namespace: string | undefined) =>
  `${routerNamespaces(own)}x${crossingLetters(network, outside, namespace)}`;

/** The MAC address of an NVE as a router (RFC 9135 §8.1). */
export function routerMac(tunnelAddress: string): string {
  const digest = createHash('sha256').update(tunnelAddress).digest();
  return `06:6e:${[...digest.subarray(0, 4)].map(hexOctet).join(':')}`;
}

/** The machine's end of the pair by which it lets a router's network out. */
export const outsidePort = (vni: number) => `${PREFIX}ou${vni}`;

/** The router's end of it, in the router's namespace. */
export const OUTSIDE_DEVICE = 'out';

/** By which a router leads to the router of another network. */
export const joinDevice = (vni: number) => `jn${vni}`;

/** To which network such a device leads; undefined for others. */
export function joinedVni(device: string): number | undefined {
  const [, vni] = /^jn(\d+)$/.exec(device) ?? [];
  return vni === undefined ? undefined : Number(vni);
}

/** MAC address of one's end of a pair that leads to another; the machine is 0. */
export function pairMac(of: number | string, to: number | string): string {
  const digest = createHash('sha256').update(`${of} ${to}`).digest();
  return `06:6f:${[...digest.subarray(0, 4)].map(hexOctet).join(':')}`;
}

export const isOurs = (device: string) => device.startsWith(PREFIX);

/**
 * The MAC address of a network's bridge and VXLAN device, locally administered. It is given because a bridge without one
 * takes the least of its ports', and the kernel forgets a bridge's neighbours each time that changes.
 */
export function bridgeMac(vni: number): string {
  return `02:6e:76:${[vni >> 16, vni >> 8, vni].map(hexOctet).join(':')}`;
}

function hexOctet(value: number): string {
  return (value & 0xff).toString(16).padStart(2, '0');
}
