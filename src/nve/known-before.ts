/**
 * What a nved that has just started knows of a network before the NVA has said anything: what the one before it left in the
 * kernel. Traffic goes on by it.
 */
import type { Mapping } from '../nva/mapping.ts';
import { parseDestinationKey } from './destination.ts';
import { ALL_MACS, type KernelState } from './kernel-state.ts';
import { bridgeName, vxlanName } from './names.ts';
import type { NetworkParameters } from './wanted.ts';

/** Mappings that lead to the state that the kernel has for a network. */
export function knownBefore(
  { vni, service }: Pick<NetworkParameters, 'vni' | 'service'>,
  /** Of its router, with L3 service. */
  namespace: string,
  kernel: KernelState,
): Mapping[] {
  return service === 'l2' ? bridged(vni, kernel) : routed(vni, namespace, kernel);
}

function routed(vni: number, namespace: string, { routers }: KernelState): Mapping[] {
  const router = routers.get(namespace);
  const device = vxlanName(vni);
  return [...(router?.routes ?? [])].flatMap(([prefix, to]): Mapping[] => {
    const [, via, over] = /^via (\S+) dev (\S+)$/.exec(to) ?? [];
    const routerMac = router?.neighbours.get(`${device} ${via}`);
    if (via === undefined || over !== device || routerMac === undefined) return [];
    const { address = via, vni: there = vni } = parseDestinationKey(router?.tunnels.get(routerMac) ?? via);
    return [{ kind: 'prefix', nve: address, encapsulation: 'vxlan', vni: there, prefix, routerMac }];
  });
}

function bridged(vni: number, kernel: KernelState): Mapping[] {
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
