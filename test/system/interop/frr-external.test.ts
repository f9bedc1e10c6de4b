import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, hex, u16, u32 } from '../support/bytes.ts';
import { inclusiveMulticast, macIp, macOf, rd } from '../support/evpn-routes.ts';
import { frrName, hasFrr } from '../support/frr.ts';
import { announce, capability } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { Nve } from '../support/nve.ts';
import { reflector, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';
import { type BgpdOptions, bgpd } from './support/frr-config.ts';
import { established, pathOf } from './support/frr-view.ts';
import { interop } from './support/matrix.ts';

const ours = 65000;
const observerAddress = '10.0.0.101';
const oldAddress = '10.0.0.102';
const oldAsn = 65002;
const AS_TRANS = 23456;
const router = '10.0.0.254';
const Code = { asPath: 2, as4Path: 17 } as const;

/** Inside the AS; in an AS of four octets; in one of two octets, and two hops away. */
const speakers = [
  { asn: ours, address: '10.0.0.11' },
  { asn: 4200000001, address: '10.0.0.12' },
  { asn: 65001, address: '10.1.0.13' },
] as const;
const [inside, wide, distant] = speakers;

const config = `
domain: dc1
asn: ${ours}
routerId: ${reflector}
listen: ["${reflector}:179"]
nves:
  - prefix: 10.0.0.0/24
  - { address: ${wide.address}, asn: ${wide.asn} }
  - { address: ${distant.address}, asn: ${distant.asn} }
  - { address: ${oldAddress}, asn: ${oldAsn}, passive: true }
api: { listen: "127.0.0.1:8080" }
`;

const external: Pick<BgpdOptions, 'neighbours' | 'options'> = {
  options: ['no bgp ebgp-requires-policy'],
  neighbours: { [reflector]: [`remote-as ${ours}`, 'ebgp-multihop 4'] },
};

describe.runIf(isRoot && hasFrr)('FRR in other autonomous systems', () => {
  const peer = frrName();
  const bench = new Bench();
  const nves = new Map<string, Nve>();
  const hosts: Namespace[] = [];
  let observer: BgpClient;
  let old: BgpClient;

  beforeAll(async () => {
    const underlay = new Underlay(bench);
    underlay.addresses(observerAddress, oldAddress);
    const beyond = underlay.node('router', router);
    beyond.sysctl('net.ipv4.ip_forward', 1);
    underlay.nva.ip('route', 'add', '10.1.0.0/24', 'via', router);
    for (const { asn, address } of speakers) {
      const remote = asn === distant.asn;
      const nve = new Nve(bench, underlay, address, remote ? { behind: beyond } : {});
      if (!remote) nve.namespace.ip('route', 'add', '10.1.0.0/24', 'via', router);
      nve.join(100);
      const host = bench.namespace('host');
      nve.plug(host, 'eth0', 'host', 'br100');
      host.ip('address', 'add', `192.168.100.${hosts.push(host)}/24`, 'dev', 'eth0');
      nve.start({ bgpd: bgpd({ asn, id: address, ...(asn !== ours && external) }) });
      nves.set(address, nve);
    }
    await bench.nvad(underlay.nva, config).up();
    observer = bench.client(underlay.nva, { localAddress: observerAddress, host: reflector });
    await observer.establish({ asn: ours, id: observerAddress });
    old = bench.client(underlay.nva, { localAddress: oldAddress, host: reflector });
    const capabilities = [capability.evpn, capability.routeRefresh];
    await old.establish({ asn: oldAsn, id: oldAddress, capabilities });
    await Promise.all([...nves.values()].map(({ frr }) => established(frr, reflector)));
  });
  afterAll(() => bench.clear());

  const route = (where: string) => `${where}:2 [3]:[0]:[32]:[${where}]`;
  const at = ({ address }: { readonly address: string }) => nves.get(address)!;

  interop(
    {
      peer,
      what: 'AS numbers of two and four octets side by side, in each router’s AS_PATHs',
      standard: 'RFC 6793 §4.1',
    },
    async () => {
      const path = async (where: Nve, from: string) => {
        const { aspath, locPrf, originatorId } = await pathOf(where.frr, route(from));
        return [aspath?.string, locPrf, originatorId];
      };
      expect(await path(at(inside), wide.address)).toEqual([`${wide.asn}`, 100, undefined]);
      expect(await path(at(inside), distant.address)).toEqual([`${distant.asn}`, 100, undefined]);
      expect(await path(at(wide), inside.address)).toEqual([`${ours}`, undefined, undefined]);
      expect(await path(at(wide), distant.address)).toEqual([`${ours} ${distant.asn}`, undefined, undefined]);
      expect(await path(at(distant), inside.address)).toEqual([`${ours}`, undefined, undefined]);
      expect(await path(at(distant), wide.address)).toEqual([`${ours} ${wide.asn}`, undefined, undefined]);
      const flood = inclusiveMulticast({ rd: rd(wide.address, 2), originator: wide.address });
      expect((await observer.route(flood)).attributes.get(Code.asPath)?.value).toBe(hex([2, 1, ...u32(wide.asn)]));
    },
  );

  interop(
    {
      peer,
      what: 'A neighbour that knows two octets only hears of FRR’s AS by AS_TRANS and AS4_PATH, and FRR hears of all the numbers behind it',
      standard: 'RFC 6793 §4.2',
    },
    async () => {
      const flood = inclusiveMulticast({ rd: rd(wide.address, 2), originator: wide.address });
      const { attributes } = await old.route(flood);
      expect(attributes.get(Code.asPath)?.value).toBe(hex([2, 2, ...u16(ours), ...u16(AS_TRANS)]));
      expect(attributes.get(Code.as4Path)).toEqual({ flags: 0xc0, value: hex([2, 2, ...u32(ours), ...u32(wide.asn)]) });

      const behind = 4200000009;
      const as4Path = [[0xc0, Code.as4Path, [2, 2, ...u32(oldAsn), ...u32(behind)]]] as const;
      old.send(
        announce([macIp({ rd: rd(oldAddress, 1), mac: macOf(1) })], {
          nextHop: oldAddress,
          localPref: null,
          asPath: [oldAsn, AS_TRANS],
          asn2: true,
          more: as4Path,
        }),
      );
      const here = `${oldAddress}:1 [2]:[0]:[48]:[02:00:00:00:00:01]`;
      expect((await pathOf(at(inside).frr, here)).aspath?.string).toBe(`${oldAsn} ${behind}`);
      expect((await pathOf(at(wide).frr, here)).aspath?.string).toBe(`${ours} ${oldAsn} ${behind}`);
      expect((await pathOf(at(distant).frr, here)).aspath?.string).toBe(`${ours} ${oldAsn} ${behind}`);
    },
  );

  interop(
    {
      peer,
      what: 'eBGP over several hops: each router tunnels to the very NVE, in whatever AS it is, and the hosts reach each other',
      standard: 'RFC 7432 §9.2.1, RFC 8365 §5.1.3',
    },
    async () => {
      for (const here of speakers) {
        for (const there of speakers) {
          if (here === there) continue;
          const path = await pathOf(at(here).frr, route(there.address));
          expect(path).toMatchObject({ valid: true, nexthops: [{ ip: there.address }] });
        }
      }
      const flood = inclusiveMulticast({ rd: rd(distant.address, 2), originator: distant.address });
      expect((await observer.route(flood)).nextHop).toBe(hex(address(distant.address)));
      const pings = async () => {
        const all = hosts.flatMap((host) =>
          hosts.map((_, to) => host.succeeds('ping', '-q', '-c', '1', '-W', '0.3', `192.168.100.${to + 1}`)),
        );
        return (await Promise.all(all)).every(Boolean);
      };
      await until(pings, { within: 15_000, every: 100, what: 'pings between all hosts' });
    },
  );
});
