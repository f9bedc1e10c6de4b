import { describe, expect, it } from 'vitest';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { encodeNotification } from '../../../../src/bgp-ts/wire/message/notification.ts';
import { encodeRouteRefresh, RefreshSubtype } from '../../../../src/bgp-ts/wire/message/route-refresh.ts';
import type { EvpnNlri } from '../../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { announcement, macIp, plain, updateOf } from '../rib/kit.ts';
import { Lab, type Router } from './kit.ts';

const clients = { prefix: '10.0.0.0/16', reflection: 'client' } as const;

async function withClients(options = {}): Promise<Lab> {
  const lab = await Lab.listening(options);
  lab.speaker.addDynamic(clients);
  return lab;
}

const addresses = ({ speaker }: Lab) => [...speaker.neighbours].map(({ address }) => address);
const empty = ({ speaker }: Lab) => [
  speaker.table.routes,
  speaker.table.paths,
  speaker.table.tombstones,
  // The default route target is our own (RFC 4684 §4).
  speaker.attributes.size - 1,
  speaker.riders.size - 1,
];

describe('dynamic neighbours', () => {
  it('come in by a prefix and hear of each other, never of themselves', async () => {
    const lab = await withClients();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    expect(lab.take()).toEqual(['established 10.0.0.2', 'established 10.0.0.3']);
    expect([a.read(), b.read()]).toEqual([
      ['open', 'end'],
      ['open', 'end'],
    ]);
    a.announce(1, 2);
    expect([a.read(), b.read()]).toEqual([[], ['+1', '+2']]);
    a.withdraw(1);
    expect([a.read(), b.read()]).toEqual([[], ['-1']]);
    expect(lab.speaker.settled).toBe(true);
    expect([...lab.speaker.neighbours].map((n) => [n.address, n.prefix, n.sessions])).toEqual([
      ['10.0.0.2', '10.0.0.0/16', 1],
      ['10.0.0.3', '10.0.0.0/16', 1],
    ]);
  });

  it('are told everything before End-of-RIB, also what came in the same turn', async () => {
    const lab = await withClients();
    const a = lab.join('10.0.0.2');
    const b = lab.dial('10.0.0.3');
    a.announce(1);
    b.open();
    expect(b.read()).toEqual(['open', '+1', 'end']);
    const c = lab.dial('10.0.0.4');
    // The routes of one and the OPEN of the other are read before anything is decided.
    a.send(announcement([macIp(2)], plain, '10.0.0.2'));
    c.open();
    expect(c.read()).toEqual(['open', '+1', '+2', 'end']);
  });

  it('that go leave nothing behind', async () => {
    const lab = await withClients();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    a.announce(1, 2);
    b.announce(2);
    b.read();
    lab.take();
    a.near.lose('ECONNRESET');
    lab.settle();
    expect(lab.take()).toEqual(['down 10.0.0.2 connection-failed']);
    // The lower next hop was the best; now b's own route is, which is not sent to b.
    expect(b.read()).toEqual(['-1', '-2']);
    expect([lab.speaker.table.routes, lab.speaker.table.pathsOf(0)]).toEqual([1, 0]);
    b.near.lose();
    lab.settle();
    expect(empty(lab)).toEqual([0, 0, 0, 0, 0]);
    expect(lab.speaker.settled).toBe(true);
  });

  it('that come back at once are new sources, while their old routes are still being removed', async () => {
    const lab = await withClients();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    a.announce(1, 2);
    b.read();
    a.near.lose();
    const again = lab.dial('10.0.0.2');
    again.open();
    again.announce(2, 3);
    lab.settle();
    expect(lab.speaker.neighbour('10.0.0.2')?.sessions).toBe(2);
    expect(again.read()).toEqual(['open', 'end']);
    const seen = new Set<string>();
    for (const event of b.read()) {
      if (event.startsWith('-')) seen.delete(event.slice(1));
      else seen.add(event.slice(1));
    }
    expect([...seen].sort()).toEqual(['2', '3']);
    expect([lab.speaker.table.routes, lab.speaker.table.paths]).toEqual([2, 2]);
  });

  it('that are nobody we know are refused with 6/5', async () => {
    const lab = await withClients();
    const stranger = lab.dial('192.0.2.1');
    expect(stranger.read()).toEqual(['notification 6/5']);
    expect(lab.take()).toEqual(['refused 192.0.2.1 unknown-peer']);
    expect(addresses(lab)).toEqual([]);
    expect(lab.speaker.admissions.refused['unknown-peer']).toBe(1);
  });

  it('that say nothing are no more than there may be', async () => {
    const lab = await withClients({ acceptor: { maxHalfOpen: 2 } });
    const waiting = [lab.dial('10.0.0.2'), lab.dial('10.0.0.3')];
    expect(lab.dial('10.0.0.4').read()).toEqual(['notification 6/5']);
    expect(lab.take()).toEqual(['refused 10.0.0.4 half-open-limit']);
    waiting[0]?.open();
    expect(lab.join('10.0.0.4').read()).toEqual(['open', 'end']);
    waiting[1]?.near.lose();
    lab.settle();
    expect(lab.dial('10.0.0.5').read()).toEqual(['open']);
  });

  it('are shown for a while when they are gone, and then forgotten', async () => {
    const lab = await withClients();
    const a = lab.join('10.0.0.2');
    const b = lab.join('10.0.0.3', { holdTime: 0 });
    a.near.lose();
    lab.settle();
    lab.clock.advance(599_000);
    expect(addresses(lab)).toEqual(['10.0.0.2', '10.0.0.3']);
    lab.clock.advance(61_000);
    expect(addresses(lab)).toEqual(['10.0.0.3']);
    b.near.lose();
    lab.settle();
    lab.clock.advance(120_000);
    const again = lab.join('10.0.0.3', { holdTime: 0 });
    again.read();
    lab.clock.advance(3_600_000);
    expect(lab.speaker.neighbour('10.0.0.3')?.peer.state).toBe('Established');
  });

  it('make room for others when there are too many, the longest gone first and the present never', async () => {
    const lab = await withClients({ maxDynamicNeighbours: 3 });
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    lab.join('10.0.0.4');
    lab.take();
    expect(lab.dial('10.0.0.5').read()).toEqual(['notification 6/5']);
    expect(lab.take()).toEqual(['refused 10.0.0.5 too-many-neighbours']);
    b.near.lose();
    lab.clock.advance(1000);
    a.near.lose();
    lab.clock.advance(1000);
    lab.join('10.0.0.5');
    expect(addresses(lab)).toEqual(['10.0.0.2', '10.0.0.4', '10.0.0.5']);
    lab.join('10.0.0.6');
    expect(addresses(lab)).toEqual(['10.0.0.4', '10.0.0.5', '10.0.0.6']);
    expect(lab.dial('10.0.0.7').read()).toEqual(['notification 6/5']);
  });

  it('are not taken for gone because a second connection of theirs failed', async () => {
    const lab = await withClients({ maxDynamicNeighbours: 1 });
    const a = lab.join('10.0.0.2');
    const second = lab.dial('10.0.0.2');
    second.connection.destroy();
    lab.settle();
    expect(lab.speaker.neighbour('10.0.0.2')?.goneAt).toBeUndefined();
    expect(lab.dial('10.0.0.9').read()).toEqual(['notification 6/5']);
    a.read();
    expect(a.closed).toBeUndefined();
  });

  it('go with their prefix, and the prefix admits nobody any more', async () => {
    const lab = await withClients();
    lab.speaker.addDynamic({ prefix: '10.0.9.0/24', reflection: 'non-client' });
    const [a, b, c] = [lab.join('10.0.0.2'), lab.join('10.0.0.3'), lab.join('10.0.9.2')];
    expect(lab.speaker.neighbour('10.0.9.2')?.policy.reflection).toBe('non-client');
    a.announce(1);
    for (const router of [a, b, c]) router.read();
    lab.speaker.removeDynamic('10.0.0.0/16', 'gone');
    lab.settle();
    expect([a.read(), b.read(), c.read()]).toEqual([['notification 6/3'], ['notification 6/3'], ['-1']]);
    expect(addresses(lab)).toEqual(['10.0.9.2']);
    expect(lab.dial('10.0.0.2').read()).toEqual(['notification 6/5']);
    expect(empty(lab)).toEqual([0, 0, 0, 0, 0]);
  });

  it('are dialled when they are remembered', async () => {
    const lab = await withClients();
    const routers = lab.listenAt('10.0.0.8');
    expect([
      lab.speaker.dialDynamic('10.0.0.8', '10.0.0.1'),
      lab.speaker.dialDynamic('10.0.0.8'),
      lab.speaker.dialDynamic('192.0.2.8'),
    ]).toEqual([true, false, false]);
    lab.settle();
    routers[0]?.open();
    expect(routers[0]?.read()).toEqual(['open', 'end']);
    expect(lab.network.dials).toEqual([{ address: '10.0.0.8', port: 179, localAddress: '10.0.0.1' }]);
    expect(lab.speaker.neighbour('10.0.0.8')?.prefix).toBe('10.0.0.0/16');
  });
});

describe('static neighbours', () => {
  it('are dialled at their port, from the address they are to see', async () => {
    const lab = await Lab.listening();
    const routers = lab.listenAt('192.0.2.7', 1790);
    lab.speaker.addStatic({ address: '192.0.2.7', port: 1790, localAddress: '10.0.0.1', reflection: 'client' });
    lab.settle();
    routers[0]?.open();
    expect(routers[0]?.read()).toEqual(['open', 'end']);
    expect(lab.take()).toEqual(['established 192.0.2.7']);
  });

  it('of a passive prefix are never dialled, neither from before nor when they are lost', async () => {
    const lab = await Lab.listening();
    const dials = () => lab.network.dials.map(({ address }) => address).filter((address) => address !== '10.0.0.1');
    lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client', passive: true });
    lab.speaker.setPolicy('10.0.0.0/16', { reflection: 'client', description: 'still passive' });
    lab.speaker.addStatic({ address: '10.1.0.2', passive: true, reflection: 'client' });
    expect(lab.speaker.dialDynamic('10.0.0.8')).toBe(false);
    for (const address of ['10.0.0.2', '10.1.0.2']) {
      lab.join(address).near.lose();
      lab.settle();
    }
    lab.clock.advance(60_000);
    expect(dials()).toEqual([]);
    lab.speaker.addDynamic({ prefix: '10.2.0.0/16', reflection: 'client' });
    lab.join('10.2.0.2').near.lose();
    lab.settle();
    lab.clock.advance(60_000);
    expect(dials()).toContain('10.2.0.2');
  });

  it('are waited for when they are passive, and take precedence over a prefix', async () => {
    const lab = await withClients();
    lab.join('10.0.0.2').read();
    lab.speaker.addStatic({ address: '10.0.0.2', passive: true, reflection: 'non-client' });
    lab.settle();
    expect(lab.network.dials.filter(({ address }) => address === '10.0.0.2')).toEqual([]);
    const again = lab.join('10.0.0.2');
    expect(again.read()).toEqual(['open', 'end']);
    expect(lab.speaker.neighbour('10.0.0.2')).toMatchObject({
      prefix: undefined,
      policy: { reflection: 'non-client' },
    });
  });

  it('must be of the AS that is expected', async () => {
    const lab = await Lab.listening();
    lab.speaker.addStatic({ address: '10.0.0.2', passive: true, reflection: 'client' });
    lab.speaker.addStatic({ address: '10.0.0.3', passive: true, reflection: 'client', asn: 65001 });
    lab.speaker.addStatic({ address: '10.0.0.4', passive: true, reflection: 'client', asn: 'any' });
    expect(lab.join('10.0.0.2', { asn: 65001 }).read()).toEqual(['open', 'notification 2/2']);
    expect(lab.join('10.0.0.3', { asn: 65001 }).read()).toEqual(['open', 'end']);
    expect(lab.join('10.0.0.4', { asn: 65002 }).read()).toEqual(['open', 'end']);
    const kinds = ['10.0.0.3', '10.0.0.4'].map((address) => lab.speaker.neighbour(address)?.source?.kind);
    expect(kinds).toEqual(['ebgp', 'ebgp']);
  });

  it('that are removed are told so, and their routes go', async () => {
    const lab = await withClients();
    lab.speaker.addStatic({ address: '192.0.2.7', passive: true, reflection: 'client' });
    const [a, b] = [lab.join('192.0.2.7'), lab.join('10.0.0.2')];
    a.announce(1);
    for (const router of [a, b]) router.read();
    lab.speaker.removeStatic('10.0.0.2', 'not static');
    lab.speaker.removeStatic('192.0.2.7', 'bye');
    lab.settle();
    expect([a.read(), b.read()]).toEqual([['notification 6/3'], ['-1']]);
    expect(addresses(lab)).toEqual(['10.0.0.2']);
    expect(lab.speaker.neighbourOf(0)).toBeUndefined();
  });
});

describe('a policy', () => {
  it('reaches those whom the prefix admitted, and whom it admits from now on', async () => {
    const lab = await withClients();
    lab.join('10.0.0.2');
    lab.speaker.setPolicy('10.0.0.0/16', { reflection: 'client', description: 'racks', routeLimit: { limit: 1 } });
    lab.join('10.0.0.3');
    expect([...lab.speaker.neighbours].map(({ policy }) => policy.description)).toEqual(['racks', 'racks']);
    lab.speaker.addStatic({ address: '192.0.2.7', passive: true, reflection: 'client' });
    lab.speaker.setPolicy('192.0.2.7', { reflection: 'client', description: 'edge' });
    expect(lab.speaker.neighbour('192.0.2.7')?.policy.description).toBe('edge');
    expect(lab.speaker.neighbour('10.0.0.2')?.policy.description).toBe('racks');
  });

  it('ends the session of who announces too many routes with Cease 6/1, family and limit (RFC 4486 §4)', async () => {
    const lab = await Lab.listening();
    lab.speaker.addDynamic({ ...clients, routeLimit: { limit: 2 } });
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    a.announce(1, 2);
    a.announce(2, 1);
    for (const router of [a, b]) router.read();
    lab.take();
    a.announce(3);
    const [notification] = a.take();
    expect(notification?.slice(38)).toBe('0601' + '001946' + '00000002');
    expect(b.read()).toEqual(expect.arrayContaining(['-1', '-2']));
    expect(lab.take()).toEqual(['exceeded 10.0.0.2', 'notification-sent 10.0.0.2', 'down 10.0.0.2 update-error']);
    expect(lab.speaker.table.paths).toBe(0);
  });
});

/** Microtasks that the speaker made for itself. */
const soon = () => Promise.resolve();
const fault = { code: 'unsigned', option: 'md5Key', reason: 'it came up without the key' } as const;

describe('TCP-MD5 and GTSM', () => {
  it('are asked of connections both ways, by the policy of the address or the prefix', async () => {
    const lab = await Lab.listening();
    lab.speaker.addDynamic({ ...clients, md5Key: 'of the prefix', ttlSecurity: 3 });
    lab.speaker.addStatic({ address: '192.0.2.7', reflection: 'client', md5Key: 'its own' });
    lab.speaker.addStatic({ address: '192.0.2.8', reflection: 'client' });
    expect(lab.speaker.dialDynamic('10.0.0.9')).toBe(true);
    lab.settle();
    expect(lab.network.dials).toEqual([
      { address: '192.0.2.7', port: 179, md5Key: 'its own' },
      { address: '192.0.2.8', port: 179 },
      { address: '10.0.0.9', port: 179, md5Key: 'of the prefix', ttlSecurity: 3 },
    ]);
    const protections = ['10.0.0.2', '192.0.2.7', '192.0.2.8'].map((address) => lab.dial(address).near.protection);
    expect(protections).toMatchObject([{ md5Key: 'of the prefix', ttlSecurity: 3 }, { md5Key: 'its own' }, {}]);
    expect(protections[2]).not.toHaveProperty('md5Key');
  });

  it("keep a connection out that lacks them, without a word and before it takes anybody's place", async () => {
    const lab = await Lab.listening({ acceptor: { maxHalfOpen: 0 } });
    lab.speaker.addDynamic({ ...clients, md5Key: 'secret' });
    lab.network.acceptFault = fault;
    const router = lab.dial('10.0.0.2');
    expect(router.closed).toBe('ECONNRESET');
    expect(router.take()).toEqual([]);
    expect(lab.take()).toEqual(['refused 10.0.0.2 it came up without the key']);
    expect(lab.speaker.admissions).toMatchObject({ admitted: 0, refused: { unsigned: 1 }, silent: 1 });
    expect(addresses(lab)).toEqual([]);
  });

  it('are told to listeners once for all changes of a tick, and what they cannot do is told', async () => {
    const lab = await Lab.listening();
    expect(lab.network.protections.splice(0)).toEqual([[]]);
    lab.speaker.addDynamic({ ...clients, md5Key: 'a' });
    lab.speaker.addStatic({ address: '10.0.0.2', passive: true, reflection: 'client' });
    lab.speaker.addStatic({ address: '192.0.2.7', passive: true, reflection: 'client', ttlSecurity: 1 });
    await soon();
    expect(lab.network.protections.splice(0)).toEqual([
      [{ peers: '10.0.0.2' }, { peers: '192.0.2.7', ttlSecurity: 1 }, { peers: '10.0.0.0/16', md5Key: 'a' }],
    ]);
    lab.speaker.setPolicy('10.0.0.0/16', { reflection: 'client', md5Key: 'b' });
    lab.speaker.removeStatic('192.0.2.7', 'bye');
    await soon();
    expect(lab.network.protections.splice(0)).toEqual([[{ peers: '10.0.0.2' }, { peers: '10.0.0.0/16', md5Key: 'b' }]]);
    lab.network.listenerFault = { ...fault, code: 'unprotected', peers: '10.0.0.0/16', reason: 'no room' };
    lab.speaker.removeStatic('10.0.0.2', 'bye');
    await soon();
    expect(lab.take()).toContain('unprotected 10.0.0.0/16 no room');
    lab.speaker.removeDynamic('10.0.0.0/16', 'bye');
    await soon();
    expect(lab.network.protections.at(-1)).toEqual([]);
  });

  it('are told to a listener ahead of those who are added later', async () => {
    const lab = new Lab({ opensLater: true });
    const ahead = [{ peers: '10.0.0.0/16', md5Key: 'a' }];
    await lab.speaker.listen('10.0.0.1', 179, ahead);
    expect(lab.network.protections).toEqual([ahead]);
    lab.network.acceptFault = fault;
    const early = lab.dial('10.0.0.2');
    lab.speaker.addDynamic({ ...clients, md5Key: 'a' });
    lab.speaker.open();
    lab.settle();
    expect(early.closed).toBe('ECONNRESET');
    expect(lab.take()).toEqual(['refused 10.0.0.2 it came up without the key']);
    await soon();
    expect(lab.network.protections.slice(1)).toEqual([ahead]);
  });

  it('a key that changes reaches sessions that are up, which go on', async () => {
    const lab = await Lab.listening();
    lab.speaker.addDynamic({ ...clients, md5Key: 'old' });
    lab.speaker.addStatic({ address: '10.0.0.3', passive: true, reflection: 'client', md5Key: 'old' });
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    lab.take();
    lab.speaker.setPolicy('10.0.0.0/16', { reflection: 'client', md5Key: 'new', description: 'racks' });
    lab.speaker.setPolicy('10.0.0.0/16', { reflection: 'client', md5Key: 'new' });
    lab.speaker.setPolicy('10.0.0.0/16', { reflection: 'client' });
    lab.settle();
    expect([a.near.keys, b.near.keys]).toEqual([['new', undefined], []]);
    expect(lab.take()).toEqual([]);
    // What comes next is asked for the key of now.
    a.connection.destroy();
    lab.settle();
    expect(lab.dial('10.0.0.2').near.protection).not.toHaveProperty('md5Key');
  });

  it('a key that a connection does not take makes a new session', async () => {
    const lab = await Lab.listening();
    lab.speaker.addDynamic({ ...clients, md5Key: 'old' });
    const a = lab.join('10.0.0.2');
    a.read();
    lab.network.keyFault = { ...fault, code: 'unprotected' };
    lab.speaker.setPolicy('10.0.0.0/16', { reflection: 'client', md5Key: 'new' });
    lab.settle();
    expect(a.read()).toEqual(['notification 6/4']);
    expect(lab.take()).toContain('down 10.0.0.2 manual-stop');
  });

  it('are those of the longest prefix, also for who came in by a shorter one', async () => {
    const lab = await Lab.listening();
    lab.speaker.addDynamic({ ...clients, md5Key: 'of all' });
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.1.2')];
    for (const router of [a, b]) router.read();
    lab.speaker.addDynamic({ ...clients, prefix: '10.0.1.0/24', md5Key: 'of some' });
    lab.settle();
    expect([a.read(), b.read()]).toEqual([[], ['notification 6/3']]);
    expect(lab.join('10.0.1.2').near.protection).toMatchObject({ md5Key: 'of some' });
    expect(addresses(lab)).toEqual(['10.0.0.2', '10.0.1.2']);
  });
});

describe('route refresh', () => {
  it('sends everything again, without another End-of-RIB (RFC 2918)', async () => {
    const lab = await withClients();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    a.announce(1, 2);
    b.read();
    b.say(encodeRouteRefresh({ family: Family.Evpn, subtype: RefreshSubtype.Request }));
    expect(b.read()).toEqual(['+1', '+2']);
    b.say(encodeRouteRefresh({ family: Family.Ipv4Unicast, subtype: RefreshSubtype.Request }));
    expect(b.read()).toEqual([]);
  });

  it('is not asked for by the marks of a peer that gives them a meaning (RFC 7313 §3.2)', async () => {
    const lab = await withClients();
    const [a, b] = [lab.join('10.0.0.2'), lab.dial('10.0.0.3')];
    b.open({
      capabilities: [
        { kind: 'multiprotocol', value: Family.Evpn },
        { kind: 'fourOctetAs', value: 65000 },
        { kind: 'enhancedRouteRefresh', value: true },
      ],
    });
    a.announce(1);
    b.read();
    b.say(encodeRouteRefresh({ family: Family.Evpn, subtype: RefreshSubtype.BeginningOfRib }));
    expect(b.read()).toEqual([]);
    b.say(encodeRouteRefresh({ family: Family.Evpn, subtype: RefreshSubtype.Request }));
    expect(b.read()).toEqual(['begin', '+1', 'finish']);
  });

  it('is asked of those who can', async () => {
    const lab = await withClients();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3', { routeRefresh: false })];
    for (const router of [a, b]) router.read();
    const asked = [...lab.speaker.neighbours].map((neighbour) => lab.speaker.requestRefresh(neighbour));
    lab.settle();
    expect(asked).toEqual([true, false]);
    expect([a.read(), b.read()]).toEqual([['refresh'], []]);
  });
});

describe('what a neighbour has and was told', () => {
  it('counts by the rules of reflection', async () => {
    const lab = await withClients();
    lab.speaker.addDynamic({ prefix: '10.1.0.0/16', reflection: 'non-client' });
    const routers = ['10.0.0.2', '10.0.0.3', '10.1.0.2', '10.1.0.3'].map((address) => lab.join(address));
    for (const [i, router] of routers.entries())
      router.announce(...[...new Array(i + 1).keys()].map((n) => 10 * i + n));
    const told = [...lab.speaker.neighbours].map((neighbour) => lab.speaker.advertisedTo(neighbour));
    expect(told).toEqual([9, 8, 3, 3]);
    expect(routers.map((router) => router.read().filter((event) => event.startsWith('+')).length)).toEqual(told);
    routers[3]?.near.lose();
    lab.settle();
    expect([...lab.speaker.neighbours].map((neighbour) => lab.speaker.advertisedTo(neighbour))).toEqual([5, 4, 3, 0]);
  });

  it('is over all sessions, but for what belongs to one', async () => {
    const lab = await withClients();
    const a = lab.join('10.0.0.2');
    a.announce(1);
    a.say(updateOf('800f03001946'));
    const { counts } = lab.speaker.neighbour('10.0.0.2') ?? {};
    expect(counts).toMatchObject({ updates: 2, announced: 1, endsOfRib: new Set([Family.Evpn]) });
    a.near.lose();
    lab.settle();
    lab.join('10.0.0.2');
    expect(lab.speaker.neighbour('10.0.0.2')?.counts).toMatchObject({ updates: 2, announced: 1, endsOfRib: new Set() });
  });
});

describe('a bad UPDATE', () => {
  it('that cannot be located ends the session, and is told', async () => {
    const lab = await withClients();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    a.announce(1);
    for (const router of [a, b]) router.read();
    lab.take();
    a.say(updateOf('800e0e 001946 04 0a010001 00 6309aaaa 40010100 400200'));
    expect(a.read()).toEqual(['notification 3/9']);
    expect(b.read()).toEqual(['-1']);
    expect(lab.take().slice(0, 2)).toEqual([
      'malformed 10.0.0.2 nlri-overrun attribute-flags',
      'notification-sent 10.0.0.2',
    ]);
  });

  it('of the milder kind costs its routes', async () => {
    const lab = await withClients();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    a.announce(1);
    b.read();
    const bad = announcement([macIp(1)], plain, '10.0.0.2');
    bad[bad.length - 4 - 7 - 3 + 3] = 9;
    a.say(bad);
    expect(b.read()).toEqual(['-1']);
    expect(lab.speaker.neighbour('10.0.0.2')?.counts.withdrawnByError).toBe(1);
  });
});

describe('a neighbour that does not read', () => {
  it('is given no more than its socket takes, and the last state when it reads again', async () => {
    const lab = await withClients();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    b.read();
    b.near.highWaterMark = 1;
    b.near.stuck = true;
    for (let round = 0; round < 50; round++) {
      a.announce(1, 2);
      a.withdraw(1);
      a.announce(3 + round);
    }
    const buffered = lab.speaker.neighbour('10.0.0.3')?.peer.bufferedBytes ?? 0;
    expect(buffered).toBeGreaterThan(0);
    expect(buffered).toBeLessThan(1000);
    expect(lab.speaker.neighbour('10.0.0.3')?.member?.blocked).toBe(true);
    b.near.stuck = false;
    b.near.highWaterMark = 1 << 20;
    b.near.flush();
    lab.settle();
    const held = new Set<string>();
    for (const event of b.read()) {
      if (event.startsWith('-')) held.delete(event.slice(1));
      else held.add(event.slice(1));
    }
    expect(held.size).toBe(51);
    expect(held.has('1')).toBe(false);
  });
});

describe('a neighbour for which too many withdrawals would have to be remembered', () => {
  it('is given up with Cease/Out of Resources, the others go on, and it may come back', async () => {
    const lab = await withClients({ egress: { logLimit: 500, tombstoneLimit: 20 } });
    const [a, b, c] = [lab.join('10.0.0.2'), lab.join('10.0.0.3'), lab.join('10.0.0.4')];
    b.near.highWaterMark = 1;
    b.near.stuck = true;
    const keys = [...new Array(30).keys()].map((key) => key + 1);
    for (const key of keys) a.announce(key);
    lab.take();
    c.read();
    for (const key of keys) a.withdraw(key);
    expect(lab.take()).toEqual(['too slow 10.0.0.3', 'notification-sent 10.0.0.3', 'down 10.0.0.3 automatic-stop']);
    expect(lab.downs).toMatchObject([{ sent: { code: 6, subcode: 8 } }]);
    expect(c.read()).toEqual(keys.map((key) => `-${key}`));
    expect(lab.speaker.table.tombstones).toBe(0);
    a.announce(7);
    lab.clock.advance(30_000);
    expect(lab.join('10.0.0.3').read()).toContain('+7');
  });
});

describe('while most of those who read are far behind', () => {
  it('nobody is read any more, until they catch up or stand still', async () => {
    const lab = await withClients();
    const routers = ['10.0.0.2', '10.0.0.3', '10.0.0.4'].map((address) => lab.join(address));
    const [a, b, c] = routers as [Router, Router, Router];
    for (const router of [b, c]) {
      router.near.highWaterMark = 1;
      router.near.stuck = true;
    }
    // Half a log of eight megabytes, with 255 octets a route.
    const routes = (round: number): EvpnNlri[] =>
      [...new Array(15).keys()].map((n) => {
        const octets = ((round * 15 + n) & 0xffffff).toString(16).padStart(6, '0').repeat(85);
        return { kind: 'opaque-evpn', family: Family.Evpn, type: 200, octets };
      });
    let round = 0;
    const listening = () => lab.speaker.neighbour('10.0.0.2')?.counts.updates ?? 0;
    while (lab.speaker.neighbour('10.0.0.2')?.paused !== true && round < 3000) {
      a.say(announcement(routes(round++), plain, '10.0.0.2'));
    }
    expect(round).toBeGreaterThan(1000);
    expect(round).toBeLessThan(1200);
    const before = listening();
    a.say(announcement(routes(round++), plain, '10.0.0.2'));
    a.say(announcement(routes(round++), plain, '10.0.0.2'));
    expect(listening()).toBe(before);
    // One that takes nothing for a third of a second does not count.
    lab.clock.advance(400);
    // These two, and the one with which it was seen that there is no time for more.
    expect(listening()).toBe(before + 3);
    expect(lab.speaker.neighbour('10.0.0.2')?.paused).toBe(false);
    for (const router of [b, c]) {
      router.near.highWaterMark = 1 << 24;
      router.near.stuck = false;
      router.near.flush();
    }
    lab.settle();
    const got = [b, c].map((router) => router.take().join('').length / 2);
    for (const octets of got) expect(octets).toBeGreaterThan(round * 15 * 257);
  });
});

describe('stopping', () => {
  it('says Cease/Administrative Shutdown to everyone, and lets nobody in any more', async () => {
    const lab = await withClients();
    const routers = [lab.join('10.0.0.2'), lab.join('10.0.0.3'), lab.dial('10.0.0.4')];
    for (const router of routers) router.read();
    const stopped = lab.speaker.stop('maintenance');
    lab.settle();
    for (const router of routers) router.connection.end();
    lab.settle();
    await stopped;
    const said = routers.slice(0, 2).map((router) => router.take().at(-1)?.slice(38));
    const text = Buffer.from('maintenance').toString('hex');
    expect(said).toEqual([`06020b${text}`, `06020b${text}`]);
    expect(lab.speaker.listening).toEqual([]);
    lab.clock.advance(3_600_000);
    expect(lab.clock.pending).toBe(0);
  });

  it('closes a listener alone, and sessions stay', async () => {
    const lab = await withClients();
    const a = lab.join('10.0.0.2');
    const [listener] = lab.speaker.listening;
    if (listener === undefined) throw new Error('not listening');
    await lab.speaker.unlisten(listener);
    expect(lab.speaker.listening).toEqual([]);
    expect(lab.dial('10.0.0.3').closed).toBe('ECONNREFUSED');
    a.read();
    a.announce(1);
    expect(lab.speaker.table.routes).toBe(1);
  });

  it('of a neighbour takes its routes', async () => {
    const lab = await withClients();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    a.announce(1);
    b.read();
    a.say(encodeNotification({ code: 6, subcode: 2, data: new Uint8Array(0) }));
    expect(b.read()).toEqual(['-1']);
  });
});

it('a prefix that is none is refused', async () => {
  const { speaker } = await Lab.listening();
  expect(() => speaker.addDynamic({ prefix: '10.0.0.0/33', reflection: 'client' })).toThrow(RangeError);
});
