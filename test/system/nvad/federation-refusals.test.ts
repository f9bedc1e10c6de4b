import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Regions } from '../../../src/api/contract/domains.ts';
import type { Explanation } from '../../../src/api/contract/explain.ts';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, u16, u24, u32, unhex } from '../support/bytes.ts';
import { colons, inclusiveMulticast, ipPrefix, macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce, encapsulationVxlan, type RawAttribute, routeTarget, withdraw } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';

const neighbourAddress = '127.0.2.1';
/** Of a network that dc2 may not have, of one that it may, and of the one that routes for this. */
const [SECRET, WEB, TENANT] = [300, 217, 218];

const config = `
domain: dc1
asn: 65001
routerId: 10.255.0.1
listen: ["127.0.0.1:179"]
nves:
  - { prefix: 127.0.1.0/24, passive: true }
  - { name: old, tunnelAddress: 10.9.0.9, kind: static, routerMac: "02:cc:cc:cc:cc:09" }
virtualNetworks:
  - { name: web, vni: 1${WEB}, l3: tenant }
  - { name: tenant, vni: 1${TENANT}, service: l3 }
  - { name: secret, vni: 1${SECRET} }
federation:
  - domain: dc2
    address: ${neighbourAddress}
    asn: 65002
    passive: true
    virtualNetworks:
      - { name: web, remote: { vni: 2${WEB}, routeTarget: "65002:2${WEB}" } }
      - { name: tenant, remote: { vni: 2${TENANT}, routeTarget: "65002:2${TENANT}" } }
api: { listen: "127.0.0.1:8080" }
`;

const routerMac = (mac: string) => [6, 3, ...unhex(mac)];
/** RFC 10039 §4: one sequence of one domain, which had it as EVPN. */
const dPath = (asn: number, local: number): RawAttribute => [0xc0, 36, [1, ...u32(asn), 0, local, 70]];
/** RFC 6514 §5: ingress replication. */
const flooding = (vni: number, end: string): RawAttribute => [0xc0, 22, [0, 6, ...u24(vni), ...address(end)]];

/** What the neighbour says beside what is right. */
interface Wrong {
  readonly nextHop?: string;
  readonly rd?: readonly number[];
  /** Router's MACs; one that is theirs when absent. */
  readonly macs?: readonly string[];
  readonly communities?: readonly (readonly number[])[];
  readonly more?: readonly RawAttribute[];
}
const right = { rd: rd('10.98.0.1', 1), nextHop: '10.98.0.1' };

interface Announced {
  readonly nlri: number[];
  readonly update: Uint8Array;
  /** By which explain finds it. */
  readonly asked: string;
}

const theirMac = '02:bb:bb:bb:bb:01';

/** Without Router's MACs unless `wrong` has some. */
function said(nlri: number[], vnis: readonly number[], asked: string, wrong: Wrong): Announced {
  const { nextHop = right.nextHop, macs = [], communities = [], more = [] } = wrong;
  const targets = vnis.map((vni) => routeTarget(65002, vni));
  const extendedCommunities = [...targets, encapsulationVxlan, ...macs.map(routerMac), ...communities];
  return {
    nlri,
    update: announce([nlri], { nextHop, localPref: null, asPath: [65002], extendedCommunities, more }),
    asked,
  };
}

/** A host by MAC and IP address, with both labels. */
function host(n: number, wrong: Wrong = {}): Announced {
  const labels = [2000 + WEB, 2000 + TENANT];
  const nlri = macIp({ rd: wrong.rd ?? right.rd, mac: macOf(n), ip: `10.20.0.${n}`, labels });
  return said(nlri, labels, `vn=web&mac=${colons(macOf(n))}`, { macs: [theirMac], ...wrong });
}

function prefix(text: string, wrong: Wrong = {}): Announced {
  const label = 2000 + TENANT;
  const nlri = ipPrefix({ rd: wrong.rd ?? right.rd, prefix: text, gateway: '0.0.0.0', label });
  return said(nlri, [label], `vn=tenant&prefix=${text}`, { macs: [theirMac], ...wrong });
}

function flood({ originator = right.nextHop, end = right.nextHop }: { originator?: string; end?: string }): Announced {
  const nlri = inclusiveMulticast({ rd: right.rd, originator });
  return said(nlri, [2000 + WEB], 'vn=web&flooding=true', { more: [flooding(2000 + WEB, end)] });
}

/** What NVEs of ours have: a Router's MAC that only BGP says, and a tunnel end that is no session's address. */
const [ourMac, loopback] = ['02:aa:aa:aa:aa:01', '10.99.0.5'];

const forged: readonly (readonly [what: string, reason: string, announced: Announced])[] = [
  ['our own domain in D-PATH', 'passed-here', host(2, { more: [dPath(65001, 0)] })],
  ['a declared NVE as next hop', 'next-hop-inside', host(2, { nextHop: '10.9.0.9' })],
  ['a next hop in a prefix of nves', 'next-hop-inside', host(2, { nextHop: '127.0.1.77' })],
  ['our router id as next hop', 'next-hop-inside', host(2, { nextHop: '10.255.0.1' })],
  ['a next hop of a route of ours', 'next-hop-inside', host(2, { nextHop: loopback })],
  ['such a next hop of a prefix', 'next-hop-inside', prefix('10.30.0.0/16', { nextHop: loopback })],
  ['an RD with our AS number', 'inside-identifier', host(2, { rd: [0, 0, ...u16(65001), ...u32(7)] })],
  ['an RD with such a next hop', 'inside-identifier', host(2, { rd: rd(loopback, 7) })],
  ["a declared Router's MAC", 'inside-identifier', host(2, { macs: ['02:cc:cc:cc:cc:09'] })],
  ["the Router's MAC of an NVE that speaks BGP", 'inside-identifier', host(2, { macs: [ourMac] })],
  ['the same beside one of theirs', 'inside-identifier', host(2, { macs: [theirMac, ourMac] })],
  ['the same of a prefix', 'inside-identifier', prefix('10.30.0.0/16', { macs: [ourMac] })],
  [
    'our route target beside one that is shared',
    'inside-identifier',
    host(2, { communities: [routeTarget(65001, 1000 + WEB)] }),
  ],
  ['an NVE of ours as originator', 'inside-identifier', flood({ originator: '127.0.1.1' })],
  ['a next hop of a route of ours as originator', 'inside-identifier', flood({ originator: loopback })],
  ['an NVE of ours as end of flooding', 'inside-identifier', flood({ end: '10.9.0.9' })],
  ['a next hop of a route of ours as end of flooding', 'inside-identifier', flood({ end: loopback })],
];

/** One real nvad, two NVEs of ours that speak BGP, and a neighbour domain that says what it may not: needs root. */
describe.runIf(isRoot)('what a neighbour domain may not say', () => {
  const bench = new Bench();
  let net: Namespace;
  let nvad: Nvad;
  let nves: readonly BgpClient[];
  let neighbour: BgpClient;
  const control = host(1);
  const secret = said(macIp({ rd: right.rd, mac: macOf(2), labels: [2000 + SECRET] }), [2000 + SECRET], '', {});

  const refused = async () => (await nvad.get<Regions>('/v1/regions')).domains[0]?.import.refused ?? {};
  const refusedIs = (wanted: Record<string, number>) =>
    until(async () => (JSON.stringify(await refused()) === JSON.stringify(wanted) ? true : undefined), {
      within: 10_000,
      what: `refused to be ${JSON.stringify(wanted)}`,
    });
  /** Why it does not cross, by explain. */
  const explained = async ({ asked }: Announced) =>
    (await nvad.get<Explanation>(`/v1/explain?${asked}`)).steps
      .filter(({ stage, domain, direction }) => stage === 'crossing' && domain === 'dc2' && direction === 'import')
      .map(({ outcome, code }) => `${outcome} ${code}`);
  /** What NVEs have been told, as lines: it has to stay as it is. */
  const told = () => nves.map(({ address: nve, updates, routes }) => `${nve} ${updates} ${[...routes.keys()].join()}`);

  const inside = (n: number, nextHop: string) =>
    macIp({ rd: rd(nextHop, 1), mac: macOf(n), labels: [1000 + WEB, 1000 + TENANT], ip: `10.20.1.${n}` });
  const announcedInside = (n: number, nextHop: string, mac: string) =>
    announce([inside(n, nextHop)], {
      nextHop,
      extendedCommunities: [
        routeTarget(65001, 1000 + WEB),
        routeTarget(65001, 1000 + TENANT),
        encapsulationVxlan,
        routerMac(mac),
      ],
    });

  beforeAll(async () => {
    net = bench.namespace('refusals');
    nvad = await bench.nvad(net, config).up();
    nves = await Promise.all(
      ['127.0.1.1', '127.0.1.2'].map((localAddress, i) =>
        bench.client(net, { localAddress }).establish({ asn: 65001, id: `10.0.1.${i + 1}` }),
      ),
    );
    neighbour = await bench.client(net, { localAddress: neighbourAddress }).establish({ asn: 65002, id: '10.0.2.1' });
    nves[0]?.send(announcedInside(101, '127.0.1.1', ourMac));
    nves[1]?.send(announcedInside(102, loopback, '02:aa:aa:aa:aa:02'));
    for (const one of [...nves, neighbour]) one.done();
    await neighbour.holdsNumber(2);
    neighbour.send(control.update);
    // Each NVE is told what the other has, and what is right of the neighbour.
    for (const nve of nves) await nve.holdsNumber(2);
  });
  // Also of one that has crossed, which is not to be in the way of the next.
  afterEach(async () => {
    neighbour.send(...[secret, ...forged.map(([, , one]) => one)].map(({ nlri }) => withdraw([nlri])));
    nves[0]?.send(withdraw([inside(103, '10.99.0.7')]));
    await refusedIs({});
    for (const nve of nves) await nve.holdsNumber(2);
  });
  afterAll(() => bench.clear());

  it('is not that it has a host of its own in a network that it shares, which our NVEs are told', async () => {
    expect(await refused()).toEqual({});
    expect(await explained(control)).toEqual(['yes crosses']);
  });

  it('is that it has a host in a network which it was not granted', async () => {
    const before = told();
    neighbour.send(secret.update);
    await refusedIs({ 'not-shared': 1 });
    expect(told()).toEqual(before);
  });

  it.each(forged)('is %s: %s', async (_what, reason, announced) => {
    const before = told();
    neighbour.send(announced.update);
    await refusedIs({ [reason]: 1 });
    expect(await explained(announced)).toEqual([`no ${reason}`]);
    neighbour.send(withdraw([announced.nlri]));
    await refusedIs({});
    expect(told()).toEqual(before);
  });

  it.each([
    ["Router's MAC", host(2, { macs: ['02:aa:aa:aa:aa:07'] }), 'inside-identifier'],
    ['next hop', host(2, { nextHop: '10.99.0.7' }), 'next-hop-inside'],
  ])('is a %s from when an NVE of ours is the one that has it', async (_what, announced, reason) => {
    neighbour.send(announced.update);
    for (const nve of nves) await nve.holdsNumber(3);
    nves[0]?.send(announcedInside(103, '10.99.0.7', '02:aa:aa:aa:aa:07'));
    await refusedIs({ [reason]: 1 });
    await nves[0]?.holdsNumber(2);
    nves[0]?.send(withdraw([inside(103, '10.99.0.7')]));
    await refusedIs({});
    for (const nve of nves) await nve.holdsNumber(3);
  });
});
