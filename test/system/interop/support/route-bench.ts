/**
 * nvad between a router that announces everything FRR can, a router that listens, and raw clients that see every octet:
 * one hears from the announcing router itself what it also tells nvad, the others are nvad's clients.
 */
import type { Bench } from '../../support/bench.ts';
import type { BgpClient } from '../../support/bgp-client.ts';
import type { Namespace } from '../../support/namespace.ts';
import type { Nvad } from '../../support/nvad.ts';
import { Nve, vrfName } from '../../support/nve.ts';
import { reflector, Underlay } from '../../support/underlay.ts';
import { bgpd } from './frr-config.ts';
import { established } from './frr-view.ts';

export const clusterId = '10.255.0.77';
export const nveAddress = '10.0.0.11';
export const listenerAddress = '10.0.0.12';
export const sourceAddress = '10.0.0.101';
const observerAddress = '10.0.0.102';
const directAddress = '10.0.0.103';
export const memberAddress = '10.0.0.104';
const besideAddress = '10.0.0.105';
export const vnis = [100, 101, 102] as const;
export const l3vni = 5000;
export const routerMac = '02:00:00:00:50:01';
export const hostMac = '02:00:00:00:10:01';
export const stickyMac = '02:00:00:00:99:01';
export const gateway = '192.168.100.11';

const nvadConfig = `
domain: dc1
asn: 65000
routerId: ${reflector}
clusterId: ${clusterId}
listen: ["${reflector}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
api: { listen: "127.0.0.1:8080" }
`;

/** The router that announces: bridged networks, a routed one, gateways, prefixes with and without a gateway. */
const announcing = {
  bgpd: bgpd({
    id: nveAddress,
    neighbours: { [reflector]: ['remote-as 65000'], [directAddress]: ['remote-as 65000'] },
    evpn: ['advertise-all-vni', 'advertise-default-gw'],
    more: `
router bgp 65000 vrf ${vrfName}
 address-family ipv4 unicast
  redistribute connected
  redistribute kernel
 exit-address-family
 address-family ipv6 unicast
  redistribute connected
 exit-address-family
 address-family l2vpn evpn
  advertise ipv4 unicast gateway-ip
  advertise ipv6 unicast
 exit-address-family
exit
`,
  }),
  zebra: `vrf ${vrfName}\n vni ${l3vni}\nexit-vrf`,
};

/** The router that listens. It is also a reflector, with one client, of which nvad and another neighbour hear. */
const listening = {
  bgpd: bgpd({
    id: listenerAddress,
    neighbours: {
      [reflector]: ['remote-as 65000'],
      [memberAddress]: ['remote-as 65000'],
      [besideAddress]: ['remote-as 65000'],
    },
    evpnNeighbours: { [memberAddress]: ['route-reflector-client'] },
    evpn: [],
    more: `
route-map preferred permit 10
 set local-preference 333
exit
debug bgp neighbor-events
debug bgp updates in
`,
  }),
};

export interface RouteBench {
  readonly nvad: Nvad;
  readonly nve: Nve;
  readonly listener: Nve;
  /** Behind the announcing router. */
  readonly host: Namespace;
  /** Announces to nvad what the tests say. */
  readonly source: BgpClient;
  /** Hears what nvad reflects. */
  readonly observer: BgpClient;
  /** Hears from the announcing router itself. */
  readonly direct: BgpClient;
  /** The listening router's client, and its neighbour that is none. */
  readonly member: BgpClient;
  readonly beside: BgpClient;
  /** Starts the announcing router; anew, if it was stopped. */
  announce(): void;
}

export async function openRouteBench(bench: Bench): Promise<RouteBench> {
  const underlay = new Underlay(bench);
  underlay.addresses(sourceAddress, observerAddress);
  const raw = underlay.node('raw', directAddress, memberAddress, besideAddress);
  const calls = await Promise.all(
    [directAddress, memberAddress, besideAddress].map((address) => bench.called(raw, address)),
  );

  const nve = new Nve(bench, underlay, nveAddress, { vrf: true });
  const host = furnish(bench, nve);
  const announce = () => {
    nve.start(announcing);
  };
  announce();
  const listener = new Nve(bench, underlay, listenerAddress);
  listener.start(listening);
  const nvad = await bench.nvad(underlay.nva, nvadConfig).up();

  const client = (localAddress: string) =>
    bench.client(underlay.nva, { localAddress, host: reflector }).establish({ asn: 65000, id: localAddress });
  const source = await client(sourceAddress);
  const observer = await client(observerAddress);
  const [direct, member, beside] = await Promise.all(
    calls.map(async (call) => {
      const called = await call();
      return called.establish({ asn: 65000, id: called.address });
    }),
  );
  await Promise.all([established(nve.frr, reflector), established(listener.frr, reflector)]);
  // The router learns the host's addresses from its packets.
  await host.succeeds('ping', '-c', '1', '-W', '1', '192.168.100.1');
  await host.succeeds('ping', '-c', '1', '-W', '1', '2001:db8:100::1');
  return { nvad, nve, listener, host, source, observer, direct: direct!, member: member!, beside: beside!, announce };
}

/** Networks, a gateway with addresses of both families, a host behind it, a static MAC, and a network behind the host. */
function furnish(bench: Bench, nve: Nve): Namespace {
  nve.join(l3vni, routerMac);
  for (const vni of vnis) nve.join(vni, `02:00:00:00:01:${vni - 100}1`);
  nve.tenants.ip('address', 'add', '192.168.100.1/24', 'dev', 'br100');
  nve.tenants.ip('address', 'add', '2001:db8:100::1/64', 'dev', 'br100', 'nodad');
  const host = bench.namespace('host');
  nve.plug(host, 'eth0', 'host', 'br100');
  host.ip('link', 'set', 'eth0', 'address', hostMac);
  host.ip('address', 'add', `${gateway}/24`, 'dev', 'eth0');
  host.ip('address', 'add', '2001:db8:100::11/64', 'dev', 'eth0', 'nodad');
  nve.tenants.ip('route', 'add', '10.77.0.0/16', 'via', gateway);
  nve.tenants.run('bridge', 'fdb', 'add', stickyMac, 'dev', 'host', 'master', 'sticky', 'static');
  return host;
}
