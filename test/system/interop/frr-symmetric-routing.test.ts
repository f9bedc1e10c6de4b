import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { hex } from '../support/bytes.ts';
import { frrName, hasFrr } from '../support/frr.ts';
import { routeTarget } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { Nve, vrfName } from '../support/nve.ts';
import { reflector, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';
import { bgpd } from './support/frr-config.ts';
import { interop } from './support/matrix.ts';

const observerAddress = '10.0.0.101';
const nvadConfig = `
domain: dc1
asn: 65000
routerId: ${reflector}
listen: ["${reflector}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
api: { listen: "127.0.0.1:8080" }
`;
const before = 5000;
const after = 5001;
const EXTENDED_COMMUNITIES = 16;

const vrfConfig = `
router bgp 65000 vrf ${vrfName}
 address-family ipv4 unicast
  redistribute connected
 exit-address-family
 address-family ipv6 unicast
  redistribute connected
 exit-address-family
 address-family l2vpn evpn
  advertise ipv4 unicast
  advertise ipv6 unicast
 exit-address-family
exit
`;

interface Side {
  readonly nve: Nve;
  readonly tenant: Namespace;
  readonly address4: string;
  readonly address6: string;
  readonly prefixes: readonly [string, string];
}

describe.runIf(isRoot && hasFrr)('symmetric routing between FRR routers', () => {
  const peer = frrName();
  const bench = new Bench();
  const sides: Side[] = [];
  let observer: BgpClient;

  beforeAll(async () => {
    const underlay = new Underlay(bench);
    underlay.addresses(observerAddress);
    for (const number of [1, 2]) sides.push(side(underlay, number));
    await bench.nvad(underlay.nva, nvadConfig).up();
    observer = bench.client(underlay.nva, { localAddress: observerAddress, host: reflector });
    await observer.establish({ asn: 65000, id: observerAddress });
  });
  afterAll(() => bench.clear());

  /** A router whose VRF has one tenant, in networks of both families that only this router has. */
  function side(underlay: Underlay, number: number): Side {
    const nve = new Nve(bench, underlay, `10.0.0.1${number}`, { vrf: true });
    nve.join(before, `02:00:00:00:50:0${number}`);
    const tenant = bench.namespace('tenant');
    nve.plug(tenant, 'eth0', 'tenant');
    const [network4, network6] = [`192.168.${number}`, `2001:db8:${number}:`];
    for (const [where, device, host] of [
      [nve.tenants, 'tenant', 1],
      [tenant, 'eth0', 2],
    ] as const) {
      where.ip('address', 'add', `${network4}.${host}/24`, 'dev', device);
      where.ip('address', 'add', `${network6}:${host}/64`, 'dev', device, 'nodad');
    }
    tenant.ip('route', 'add', 'default', 'via', `${network4}.1`);
    tenant.ip('route', 'add', 'default', 'via', `${network6}:1`);
    nve.start({
      bgpd: bgpd({ id: nve.address, more: vrfConfig }),
      zebra: `vrf ${vrfName}\n vni ${before}\nexit-vrf`,
    });
    const prefixes = [`18${hex([192, 168, number])}00`, `4020010db8000${number}`] as const;
    return { nve, tenant, address4: `${network4}.2`, address6: `${network6}:2`, prefixes };
  }

  /** Pings in both families and both directions. */
  async function reached(): Promise<readonly boolean[]> {
    const pings = sides.flatMap(({ tenant }, index) => {
      const { address4, address6 } = sides[1 - index]!;
      return [address4, address6].map((to) => tenant.succeeds('ping', '-q', '-c', '1', '-W', '0.3', to));
    });
    return Promise.all(pings);
  }
  async function allReach(expected: boolean): Promise<void> {
    let last: readonly boolean[] = [];
    await until(
      async () => {
        last = await reached();
        return last.every((one) => one === expected);
      },
      { within: 20_000, every: 100, what: () => `pings that ${expected ? 'arrive' : 'do not arrive'}: ${last}` },
    );
  }

  /** Waits until the prefixes of one side have this VNI as label and route target, as nvad reflects them. */
  async function reflects({ prefixes }: Side, vni: number): Promise<void> {
    const [label, target] = [hex([0, vni >> 8, vni & 255]), hex(routeTarget(65000, vni))];
    const routes = () => [...observer.routes.values()].filter(({ nlri }) => nlri.startsWith('05'));
    const right = (prefix: string) =>
      routes().some(
        ({ nlri, attributes }) =>
          nlri.includes(prefix) && nlri.endsWith(label) && attributes.get(EXTENDED_COMMUNITIES)?.value.includes(target),
      );
    await until(() => prefixes.every(right), {
      within: 10_000,
      what: () => `${prefixes} with VNI ${vni}; there are ${routes().map(({ nlri }) => nlri)}`,
    });
  }

  /** The VRF's VNI becomes another, as an operator changes it. */
  async function change({ nve }: Side, vni: number, from: number): Promise<void> {
    nve.join(vni, `02:00:00:00:51:${nve.address.slice(-2)}`);
    await nve.frr.configure(`vrf ${vrfName}`, `no vni ${from}`, `vni ${vni}`);
  }

  interop(
    {
      peer,
      what: 'Tenants behind two VRFs reach each other by type 5 and Router’s MAC, IPv4 and IPv6',
      standard: 'RFC 9136 §4.4.1, RFC 9135 §8',
    },
    async () => {
      await allReach(true);
      for (const one of sides) await reflects(one, before);
      const routes = await sides[0]!.nve.frr.show(`show ip route vrf ${vrfName}`);
      expect(routes).toMatch(/^B>\* 192\.168\.2\.0\/24 \[200\/0\] via 10\.0\.0\.12, br5000 onlink/m);
    },
  );

  interop(
    { peer, what: 'One router’s L3 VNI changes: the VRFs part, as their route targets do', standard: 'RFC 9136 §3' },
    async () => {
      await allReach(true);
      await change(sides[0]!, after, before);
      await reflects(sides[0]!, after);
      await allReach(false);
    },
  );

  interop(
    {
      peer,
      what: 'The other router’s L3 VNI follows, and the tenants reach each other again',
      standard: 'RFC 9136 §3',
    },
    async () => {
      await change(sides[1]!, after, before);
      for (const one of sides) await reflects(one, after);
      await allReach(true);
    },
  );
});
