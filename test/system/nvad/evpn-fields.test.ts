import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hex } from '../support/bytes.ts';
import { ethernetAd, ethernetSegment, inclusiveMulticast, ipPrefix, macIp, rd } from '../support/evpn-routes.ts';
import { announce, encapsulationVxlan, type RawAttribute, routeTarget } from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import { ReflectorBench } from '../support/reflector-bench.ts';

const from = rd('10.0.0.1', 9);
const esi = '00112233445566778899';
const host = '020000000001';
const target = routeTarget(65000, 100);
const routerMac = (mac: number) => [6, 3, 2, 0, 0, 0, 0, mac];
const PREFIX_SID = 40;
/** SRv6 L3 Service: SID 2001:db8::, and a structure that moves 16 bits of its function into the label. */
const srv6 = [
  5,
  ...[0, 34, 0, 1, 0, 30, 0, 0x20, 1, 0x0d, 0xb8, ...Array<number>(12).fill(0), 0, 0, 19, 0],
  ...[1, 0, 6, 32, 16, 16, 0, 16, 48],
];
const prefix = { rd: from, prefix: '198.51.100.0/24', gateway: '0.0.0.0' };

interface Odd {
  readonly communities?: readonly (readonly number[])[];
  readonly more?: readonly RawAttribute[];
  readonly nextHop?: string;
}

/** Each stands in the table "EVPN fields" of docs/standards.md as relayed. */
const relayed: readonly [string, number[], Odd?][] = [
  ['type 1 per segment with a label', ethernetAd({ rd: from, esi, label: 77 })],
  ['type 1 per segment without an ESI label', ethernetAd({ rd: rd('10.0.0.1', 8), esi })],
  ['type 1 per instance with ESI 0', ethernetAd({ rd: from, tag: 0, label: 77 })],
  ['type 1 with the reserved ESI', ethernetAd({ rd: from, tag: 0, esi: 'ff'.repeat(10), label: 77 })],
  ['type 2 with a group MAC address', macIp({ rd: from, mac: '01005e000001' })],
  ['type 2 with a broadcast MAC address', macIp({ rd: from, mac: 'ffffffffffff' })],
  ['type 2 with a MAC address of zeros', macIp({ rd: from, mac: '000000000000' })],
  ['type 2 with IP address 0.0.0.0', macIp({ rd: from, mac: host, ip: '0.0.0.0' })],
  ['type 2 with a multicast IP address', macIp({ rd: from, mac: host, ip: '239.1.1.1' })],
  ['type 2 with label 0', macIp({ rd: from, mac: host, labels: [0] })],
  ['type 2 with two labels and no Router’s MAC', macIp({ rd: from, mac: host, ip: '192.0.2.1', labels: [100, 200] })],
  [
    'type 2 beside a multicast Router’s MAC',
    macIp({ rd: from, mac: host, ip: '192.0.2.2', labels: [100, 200] }),
    { communities: [target, [6, 3, 1, 0, 0x5e, 0, 0, 1]] },
  ],
  ['type 3 without PMSI_TUNNEL', inclusiveMulticast({ rd: from, originator: '10.0.0.1' })],
  ['type 3 with originator 0.0.0.0', inclusiveMulticast({ rd: from, originator: '0.0.0.0' })],
  ['type 3 with a multicast originator', inclusiveMulticast({ rd: from, originator: '224.0.0.1' })],
  ['type 4 with ESI 0', ethernetSegment({ rd: from, originator: '10.0.0.1' })],
  ['type 4 without ES-Import', ethernetSegment({ rd: from, esi, originator: '10.0.0.1' })],
  ['an RD of an undefined type', macIp({ rd: [0, 9, 1, 2, 3, 4, 5, 6], mac: host })],
  ['no route target', macIp({ rd: from, tag: 3, mac: host }), { communities: [encapsulationVxlan] }],
  ['a next hop in loopback', macIp({ rd: from, tag: 4, mac: host }), { nextHop: '127.0.0.9' }],
  ['type 5 with bits behind its prefix', ipPrefix({ ...prefix, prefix: '198.51.100.77/24' })],
  ['type 5 with VNI 1', ipPrefix({ ...prefix, tag: 1, label: 1 })],
  [
    'type 5 with two Router’s MACs',
    ipPrefix({ ...prefix, tag: 2 }),
    { communities: [target, routerMac(1), routerMac(2)] },
  ],
  [
    'type 5 with a gateway and a multicast Router’s MAC, which is ignored',
    ipPrefix({ ...prefix, tag: 3, gateway: '192.0.2.1', label: 0 }),
    { communities: [target, [6, 3, 1, 0, 0x5e, 0, 0, 1]] },
  ],
  [
    'type 5 whose label field is part of an SRv6 SID',
    ipPrefix({ ...prefix, tag: 4, label: 0 }),
    { more: [[0xc0, PREFIX_SID, srv6]] },
  ],
];

/** nvad as a process and clients over TCP in a network of its own: needs root, and is skipped without. */
describe.runIf(isRoot)('what only an endpoint may judge', () => {
  let bench: ReflectorBench;

  beforeAll(async () => {
    bench = new ReflectorBench();
    await bench.dut.up();
  });
  afterEach(() => bench.leave());
  afterAll(() => bench.clear());

  it('reaches other clients byte for byte', async () => {
    const sender = await bench.join('client');
    const reader = await bench.join('client');
    for (const [, route, { communities = [target], more = [], nextHop = '10.0.0.1' } = {}] of relayed) {
      sender.send(announce([route], { nextHop, extendedCommunities: communities, more }));
    }
    for (const [name, route, { communities = [target], more = [], nextHop = '10.0.0.1' } = {}] of relayed) {
      const got = await reader.route(route);
      expect(got.nlri, name).toBe(hex(route));
      expect(got.nextHop, name).toBe(hex(nextHop.split('.').map(Number)));
      expect(got.attributes.get(16)?.value, name).toBe(hex(communities.flat()));
      for (const [, code, value] of more) expect(got.attributes.get(code)?.value, name).toBe(hex(value));
    }
    await reader.holdsNumber(relayed.length);
    expect(sender.closed).toBe(false);
  });
});
