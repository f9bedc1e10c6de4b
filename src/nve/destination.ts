/** Destinations of tunnels. */

/** Where a VXLAN device sends frames: an NVE, and the VNI there when it is another one than the device's. */
export interface TunnelDestination {
  readonly address: string;
  readonly vni?: number;
}

/** A destination as the key of a set. */
export const destinationKey = ({ address, vni }: TunnelDestination) =>
  vni === undefined ? address : `${address} ${vni}`;

export function parseDestinationKey(key: string): TunnelDestination {
  const [address = '', vni] = key.split(' ');
  return vni === undefined ? { address } : { address, vni: Number(vni) };
}
