/**
 * What a nved that has just started knows of a network before the NVA has said anything: what the one before it left in the
 * kernel. Traffic goes on by it.
 */
import type { Mapping } from '../nva/mapping.ts';
import { ALL_MACS, type KernelState, parseDestinationKey } from './kernel-state.ts';
import { bridgeName, vxlanName } from './names.ts';

/** Mappings that lead to the state that the kernel has for the network with this VNI. */
export function knownBefore(vni: number, kernel: KernelState): Mapping[] {
  const end = (key: string) => {
    const { address, vni: there = vni } = parseDestinationKey(key);
    return { nve: address, encapsulation: 'vxlan', vni: there } as const;
  };
  const ips = new Map<string, string[]>();
  for (const [ip, mac] of kernel.neighbours.get(bridgeName(vni)) ?? []) ips.set(mac, [...(ips.get(mac) ?? []), ip]);
  const found: Mapping[] = [];
  const device = vxlanName(vni);
  const group = kernel.links.get(device)?.vxlan?.group?.address;
  for (const [mac, destinations] of kernel.vxlanFdb.get(device) ?? []) {
    for (const to of destinations) {
      if (mac === ALL_MACS) {
        if (to !== group) found.push({ kind: 'flood', ...end(to) });
        continue;
      }
      const host = { kind: 'host', ...end(to), mac, sequence: 0, sticky: false } as const;
      found.push(host, ...(ips.get(mac) ?? []).map((ip) => ({ ...host, ip })));
    }
  }
  return found;
}
