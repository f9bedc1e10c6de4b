import { announcedRoutes, decodeUpdate, defaultContext, Family, formatNlri, toHex, withdrawnRoutes } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import { Vrf } from '../../../src/evpn/originate.ts';
import { encodeAnnouncements, encodeWithdrawals, type OriginatedRoute } from '../../../src/evpn/updates.ts';
import { rib, sourceOf } from '../bgp-ts/rib/kit.ts';
import { heard } from './kit.ts';

const nve = { tunnelAddress: '10.0.0.1', encapsulations: ['vxlan'], routerMac: '02:00:00:00:00:fe' } as const;
const network = (vni: number) => ({ vni, routeTargets: [`65000:${vni}`] });
const mac = (i: number) =>
  `02:00:00:${[i >> 16, i >> 8, i].map((octet) => (octet & 255).toString(16).padStart(2, '0')).join(':')}`;
const hosts = (vrf: Vrf, count: number, sequence: (i: number) => number = () => 0) =>
  Array.from({ length: count }, (_, i) => vrf.host({ mac: mac(i), sequence: sequence(i) }));

function announcedIn(updates: readonly Uint8Array[]): string[] {
  return updates.flatMap((bytes) => {
    expect(bytes.length).toBeLessThanOrEqual(4096);
    const { update, faults } = decodeUpdate(bytes, defaultContext);
    expect(faults).toEqual([]);
    return announcedRoutes(update, Family.Evpn).map(formatNlri);
  });
}

const routesOf = (routes: readonly OriginatedRoute[]) => new Set(routes.map(({ nlri }) => toHex(nlri)));

describe('announcements', () => {
  it('of one NVE in one network share UPDATEs, as many as fit', () => {
    const routes = hosts(new Vrf(nve, network(10), 1), 1_000);
    const updates = encodeAnnouncements(routes);
    expect(new Set(announcedIn(updates)).size).toBe(1_000);
    // 35 octets a route
    expect(updates.length).toBe(Math.ceil(1_000 / Math.floor((4096 - 27 - 9 - 14 - 19) / 35)));
    for (const update of updates.slice(0, -1)) expect(update.length).toBeGreaterThan(4096 - 35);
  });

  it('give each sequence number its own, and each network', () => {
    const [web, db] = [new Vrf(nve, network(10), 1), new Vrf(nve, network(20), 2)];
    const routes = [
      ...hosts(web, 10, (i) => i % 2),
      ...hosts(db, 4),
      web.host({ mac: mac(99), sequence: 1, sticky: true }),
      web.host({ mac: mac(98), sequence: 0xffffffff }),
      web.presence(),
      db.prefix('10.0.0.0/8'),
    ];
    const updates = encodeAnnouncements(routes);
    expect(updates).toHaveLength(7);
    const found = updates.flatMap((update) => heard(update));
    const of = (octets: number) => found.find(({ route }) => route.mac === mac(octets))?.set;
    expect(found).toHaveLength(routes.length);
    expect(of(99)).toMatchObject({ sequence: 1, sticky: true });
    expect(of(98)).toMatchObject({ sequence: 0xffffffff, sticky: false });
    const sequences = found
      .filter(({ route }) => route.type === 2 && route.label === 10)
      .map(({ set }) => set.sequence);
    expect(sequences.sort()).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0xffffffff].sort());
  });

  it('are none where there is no route', () => {
    expect(encodeAnnouncements([])).toEqual([]);
    expect(encodeWithdrawals([])).toEqual([]);
  });

  it('do not write into what routes have in common', () => {
    const vrf = new Vrf(nve, network(10), 1);
    const before = toHex(encodeAnnouncements([vrf.host({ mac: mac(1), sequence: 1 })])[0]);
    encodeAnnouncements([vrf.host({ mac: mac(1), sequence: 7, sticky: true })]);
    expect(toHex(encodeAnnouncements([vrf.host({ mac: mac(1), sequence: 1 })])[0])).toBe(before);
  });
});

it('withdrawals of any networks share UPDATEs, as many as fit', () => {
  const [web, db] = [new Vrf(nve, network(10), 1), new Vrf(nve, network(20), 2)];
  const routes = [...hosts(web, 300), ...hosts(db, 300), web.presence(), db.prefix('10.0.0.0/8')];
  const updates = encodeWithdrawals(routes);
  const withdrawn = updates.flatMap((bytes) => {
    expect(bytes.length).toBeLessThanOrEqual(4096);
    const { update, faults } = decodeUpdate(bytes, defaultContext);
    expect(faults).toEqual([]);
    return withdrawnRoutes(update, Family.Evpn).map(formatNlri);
  });
  expect(new Set(withdrawn)).toEqual(new Set(announcedIn(encodeAnnouncements(routes))));
  expect(withdrawn).toHaveLength(routesOf(routes).size);
  expect(updates).toHaveLength(6);
});

it('goes through the way in like the UPDATEs of a neighbour, and out again', () => {
  const { receive, table, attributes } = rib();
  const us = sourceOf(1, 'local');
  const vrf = new Vrf(nve, { ...network(10), l3: { vni: 101, routeTargets: ['65000:101'] } }, 1);
  const routes = [
    ...hosts(vrf, 500),
    ...hosts(vrf, 100, (i) => i + 1).map((route, i) => ({
      ...route,
      nlri: vrf.host({ mac: mac(i), ip: '10.0.0.1' }).nlri,
    })),
    vrf.presence(),
    vrf.prefix('10.0.0.0/8'),
    vrf.prefix('2001:db8::/32'),
  ];
  for (const update of encodeAnnouncements(routes)) {
    const { fault, counts } = receive(us, update);
    expect([fault, [...counts.faults.keys()], counts.otherFamily]).toEqual([undefined, [], 0]);
  }
  expect(table.routes).toBe(routes.length);
  // without and with each of the numbers, of type 3, of type 5
  expect(attributes.size).toBe(1 + 100 + 2);
  let withdrawn = 0;
  for (const update of encodeWithdrawals(routes)) withdrawn += receive(us, update).counts.withdrawn;
  expect(withdrawn).toBe(routes.length);
});
