import { describe, expect, it } from 'vitest';
import { endOfRib } from '../../../../src/bgp-ts/speaker/end-of-rib.ts';
import { defaultGracefulRestart } from '../../../../src/bgp-ts/speaker/graceful-restart.ts';
import type { NeighbourPolicy } from '../../../../src/bgp-ts/speaker/neighbour.ts';
import type { Capability } from '../../../../src/bgp-ts/wire/capability/registry.ts';
import { WellKnownCommunity } from '../../../../src/bgp-ts/wire/community/standard.ts';
import { Family, type FamilyId } from '../../../../src/bgp-ts/wire/constants.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { decodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import type { MacIpAdvertisement } from '../../../../src/bgp-ts/wire/nlri/evpn/mac-ip-advertisement.ts';
import { announcement, macIp, plain } from '../rib/kit.ts';
import { bytes, notificationHex } from '../session/hand-peer.ts';
import { Lab, type Offer, type Router } from './kit.ts';

const { LlgrStale, NoLlgr } = WellKnownCommunity;
const eor = endOfRib(Family.Evpn);
const [lost, other, knows, plainOne] = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'];

interface Times {
  readonly restart?: number;
  readonly longLived?: number;
  readonly kept?: boolean;
  readonly longLivedKept?: boolean;
}

const evpn = Family.Evpn as FamilyId;

/** What a neighbour offers: seconds of either kind (absent: the family is not listed), and both F bits. */
function offer({ restart, longLived, kept = true, longLivedKept = true }: Times): Offer {
  const families = restart === undefined ? [] : [{ family: evpn, forwardingPreserved: kept }];
  const value = { restarted: false, notification: false, restartTime: restart ?? 0, families };
  const longLivedFamilies =
    longLived === undefined ? [] : [{ family: evpn, forwardingPreserved: longLivedKept, staleTime: longLived }];
  const more: Capability[] = [
    { kind: 'gracefulRestart', value },
    { kind: 'longLivedGracefulRestart', value: longLivedFamilies },
  ];
  return { holdTime: 0, more };
}

const policy = { ...defaultGracefulRestart, longLivedStaleTime: 1000 };

/** Someone who restarts, someone else with routes, a listener that knows RFC 9494 and one that does not. */
async function setUp(times: Times = { restart: 60, longLived: 600 }, patch: Partial<NeighbourPolicy> = {}) {
  const lab = await Lab.listening();
  lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client', gracefulRestart: policy, ...patch });
  const [a, b] = [lab.join(lost, offer(times)), lab.join(other, { holdTime: 0 })];
  const [c, d] = [lab.join(knows, offer({ restart: 1, longLived: 0 })), lab.join(plainOne, { holdTime: 0 })];
  for (const router of [a, b, c, d]) {
    router.say(eor);
    router.read();
  }
  a.announce(1, 2);
  for (const router of [a, b, c, d]) router.read();
  lab.take();
  return { lab, a, b, c, d };
}

function lose(lab: Lab, router: Router): void {
  router.near.lose('ECONNRESET');
  lab.settle();
}

/** What came: `+key` with the communities behind it, `-key`. */
function hear(router: Router, context = defaultContext): string[] {
  return router.take().flatMap((hex) => {
    const message = bytes(hex);
    if (message[18] !== 2) return [];
    const { mpReachNlri, mpUnreachNlri, communities = [] } = decodeUpdate(message, context).update.attributes;
    const key = (route: object) => Number.parseInt((route as MacIpAdvertisement).mac.slice(-2), 16);
    const behind = communities.map((community) => (community === LlgrStale ? ' stale' : ` ${community}`)).join('');
    return [
      ...(mpUnreachNlri?.nlri ?? []).map((route) => `-${key(route)}`),
      ...(mpReachNlri?.nlri ?? []).map((route) => `+${key(route)}${behind}`),
    ];
  });
}

const say = (router: Router, key: number, communities: readonly number[] = [], localPref = 100) =>
  router.say(
    announcement([macIp(key)], { ...plain, localPref, ...(communities.length > 0 && { communities }) }, router.address),
  );
const phase = ({ speaker }: Lab) => speaker.neighbour(lost)?.retention?.phase;

describe('long-lived graceful restart (RFC 9494)', () => {
  it('marks what is stale when the restart time is over, and takes it from those who do not know the mark', async () => {
    const { lab, a, c, d } = await setUp();
    lose(lab, a);
    lab.clock.advance(59_999);
    expect([hear(c), hear(d), phase(lab)]).toEqual([[], [], 'restarting']);
    lab.clock.advance(1);
    expect([hear(c), hear(d), phase(lab)]).toEqual([['+1 stale', '+2 stale'], ['-1', '-2'], 'long-lived']);
    expect(lab.take().slice(-1)).toEqual([`long-lived ${lost} 2`]);
    // Whoever comes now is told as they are.
    const late = [lab.join('10.0.0.6', offer({ longLived: 0 })), lab.join('10.0.0.7')];
    expect(late.map((router) => hear(router))).toEqual([['+1 stale', '+2 stale'], []]);
    lab.clock.advance(599_999);
    expect([hear(c), lab.speaker.table.paths]).toEqual([[], 2]);
    lab.clock.advance(1);
    expect([hear(c), hear(d), phase(lab), lab.speaker.table.paths]).toEqual([['-1', '-2'], [], undefined, 0]);
    expect(lab.take()).toContain(`expired ${lost} 2`);
    // Our own default route target (RFC 4684 §4).
    expect(lab.speaker.attributes.size).toBe(1);
  });

  it('takes as long as is configured meanwhile, and no longer than the neighbour asked for', async () => {
    const { lab, a, c } = await setUp({ restart: 60, longLived: 2000 });
    const become = (longLivedStaleTime: number) =>
      lab.speaker.setPolicy('10.0.0.0/16', {
        reflection: 'client',
        gracefulRestart: { ...policy, longLivedStaleTime },
      });
    lose(lab, a);
    hear(c);
    // While it may be back.
    become(500);
    lab.clock.advance(60_000);
    expect([hear(c), phase(lab)]).toEqual([['+1 stale', '+2 stale'], 'long-lived']);
    const until = () => (lab.speaker.neighbour(lost)?.retention?.until ?? 0) - lab.clock.now();
    expect(until()).toBe(500_000);
    lab.clock.advance(100_000);
    become(700);
    expect(until()).toBe(600_000);
    become(90);
    lab.clock.advance(1);
    expect([hear(c), phase(lab)]).toEqual([['-1', '-2'], undefined]);
    // What our OPEN says is the new time.
    const again = lab.join(lost, offer({ restart: 60, longLived: 2000 }));
    expect(again.take().join('')).toContain('47070019468000005a');
  });

  it('lets every other route be preferred, whatever its attributes', async () => {
    const { lab, a, b, c, d } = await setUp();
    say(a, 1, [], 200);
    say(b, 1, [], 50);
    for (const router of [c, d]) hear(router);
    lose(lab, a);
    lab.clock.advance(60_000);
    // The other has the route and has had it all along, but was not sent it before.
    expect([hear(c).sort(), hear(d).sort()]).toEqual([
      ['+1', '+2 stale'],
      ['+1', '-2'],
    ]);
    b.withdraw(1);
    expect([hear(c), hear(d)]).toEqual([['+1 stale'], ['-1']]);
  });

  it('is told of each path to those who take several (RFC 7911)', async () => {
    const { lab, a, b } = await setUp(undefined, { addPath: 'send' });
    const { holdTime, more = [] } = offer({ longLived: 0 });
    const severalPaths: Capability = { kind: 'addPath', value: [{ family: evpn, send: false, receive: true }] };
    const takes = lab.join('10.0.0.6', { holdTime: holdTime ?? 0, more: [...more, severalPaths] });
    const context = { ...defaultContext, addPath: new Set([evpn]) };
    say(b, 1, [], 50);
    expect(hear(takes, context).sort()).toEqual(['+1', '+1', '+2']);
    lose(lab, a);
    lab.clock.advance(60_000);
    expect(hear(takes, context)).toEqual(['+1 stale', '+2 stale']);
    lab.clock.advance(600_000);
    expect(hear(takes, context)).toEqual(['-1', '-2']);
  });

  it('withdraws what has NO_LLGR, and does not begin where it is not negotiated', async () => {
    const { lab, a, c } = await setUp();
    say(a, 2, [NoLlgr]);
    hear(c);
    lose(lab, a);
    lab.clock.advance(60_000);
    expect([hear(c).sort(), lab.speaker.table.paths]).toEqual([['+1 stale', '-2'], 1]);

    const off = await setUp(undefined, { gracefulRestart: defaultGracefulRestart });
    lose(off.lab, off.a);
    off.lab.clock.advance(60_000);
    expect(hear(off.c)).toEqual(['-1', '-2']);
    const unlisted = await setUp({ restart: 60 });
    lose(unlisted.lab, unlisted.a);
    unlisted.lab.clock.advance(60_000);
    expect(hear(unlisted.c)).toEqual(['-1', '-2']);
  });

  it('lasts no longer than we allow, and begins at once where there is no restart time', async () => {
    const { lab, a, c } = await setUp({ longLived: 5000 });
    lose(lab, a);
    expect([hear(c), phase(lab)]).toEqual([['+1 stale', '+2 stale'], 'long-lived']);
    lab.clock.advance(999_999);
    expect(hear(c)).toEqual([]);
    lab.clock.advance(1);
    expect(hear(c)).toEqual(['-1', '-2']);
  });

  it('ends for each route when the neighbour is back and says it, for the rest with End-of-RIB', async () => {
    const { lab, a, c, d } = await setUp();
    lose(lab, a);
    lab.clock.advance(100_000);
    for (const router of [c, d]) hear(router);
    const again = lab.join(lost, offer({ restart: 60, longLived: 600 }));
    expect([hear(c), phase(lab)]).toEqual([[], 'resynchronising']);
    again.announce(1);
    expect([hear(c), hear(d)]).toEqual([['+1'], ['+1']]);
    again.say(eor);
    expect([hear(c), hear(d), phase(lab)]).toEqual([['-2'], [], undefined]);
    // Synchronised: the next loss has all the time again.
    lose(lab, again);
    lab.clock.advance(60_000);
    expect(hear(c)).toEqual(['+1 stale']);
    lab.clock.advance(599_000);
    expect(hear(c)).toEqual([]);
  });

  it.each([
    ['whose F bit of the other capability is clear', { restart: 60, longLived: 600, longLivedKept: false }],
    ['that does not list the family there', { restart: 60 }],
    ['whose own F bit is clear', { restart: 60, longLived: 600, kept: false }],
  ])('ends at once with a neighbour %s', async (_, times) => {
    const { lab, a, c } = await setUp();
    lose(lab, a);
    lab.clock.advance(60_000);
    hear(c);
    lab.join(lost, offer(times));
    expect([hear(c), phase(lab)]).toEqual([['-1', '-2'], undefined]);
  });

  it('goes on where the neighbour lists the family there alone', async () => {
    const { lab, a, c } = await setUp({ longLived: 600 });
    lose(lab, a);
    hear(c);
    const again = lab.join(lost, offer({ longLived: 600 }));
    expect([hear(c), phase(lab)]).toEqual([[], 'resynchronising']);
    again.announce(1, 2);
    again.say(eor);
    expect(hear(c)).toEqual(['+1', '+2']);
  });

  it('has one time for a neighbour that comes and goes without End-of-RIB', async () => {
    const { lab, a, c } = await setUp({ restart: 10, longLived: 100 });
    lose(lab, a);
    lab.clock.advance(10_000);
    expect(hear(c)).toEqual(['+1 stale', '+2 stale']);
    lab.clock.advance(40_000);
    const again = lab.join(lost, offer({ restart: 10, longLived: 100 }));
    again.announce(1);
    lose(lab, again);
    expect(hear(c)).toEqual(['+1']);
    lab.clock.advance(10_000);
    expect(hear(c)).toEqual(['+1 stale']);
    lab.clock.advance(49_999);
    expect(hear(c)).toEqual([]);
    lab.clock.advance(1);
    expect(hear(c)).toEqual(['-1', '-2']);
  });

  it('that ends while the neighbour is back ends for what it has not said yet', async () => {
    const { lab, a, c } = await setUp({ restart: 10, longLived: 100 });
    lose(lab, a);
    lab.clock.advance(100_000);
    const again = lab.join(lost, offer({ restart: 10, longLived: 100 }));
    again.announce(1);
    hear(c);
    lab.clock.advance(10_000);
    expect(hear(c)).toEqual(['-2']);
    lose(lab, again);
    expect(hear(c)).toEqual(['-1']);
  });

  it('is announced with our time, where we do it', async () => {
    const { lab } = await setUp();
    const said = lab.speaker.neighbour(lost)?.peer.localCapabilities;
    const value = [{ family: Family.Evpn, forwardingPreserved: true, staleTime: 1000 }];
    expect(said).toContainEqual({ kind: 'longLivedGracefulRestart', value });
  });
});

describe('a route that comes with LLGR_STALE', () => {
  it('is the least preferred, keeps the community and goes to those who know it', async () => {
    const { b, c, d } = await setUp();
    say(b, 1, [LlgrStale], 900);
    expect([hear(c), hear(d)]).toEqual([[], []]);
    say(b, 3, [LlgrStale]);
    expect([hear(c), hear(d)]).toEqual([['+3 stale'], []]);
  });

  it('is a route as any other from those to whom we said nothing of it', async () => {
    const { b, c, d } = await setUp(undefined, { gracefulRestart: defaultGracefulRestart });
    say(b, 3, [LlgrStale]);
    expect([hear(c), hear(d)]).toEqual([['+3 stale'], ['+3 stale']]);
  });
});

describe('routes that are always kept', () => {
  const always = { ...defaultGracefulRestart, longLivedStaleTime: 300, retainAlways: true };

  /** A neighbour that offers only this, with routes 1 and 2, and a listener that knows the mark. */
  async function retaining(mine: Offer = { holdTime: 0 }, gracefulRestart = always) {
    const lab = await Lab.listening();
    lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client', gracefulRestart });
    const [a, c] = [lab.join(lost, mine), lab.join(knows, offer({ restart: 1, longLived: 0 }))];
    a.announce(1, 2);
    for (const router of [a, c]) hear(router);
    lab.take();
    return { lab, a, c };
  }

  it('stay stale for their time without graceful restart, and go then', async () => {
    const { lab, a, c } = await retaining();
    lose(lab, a);
    expect([phase(lab), hear(c)]).toEqual(['long-lived', ['+1 stale', '+2 stale']]);
    lab.clock.advance(299_999);
    expect([hear(c), lab.speaker.table.paths]).toEqual([[], 2]);
    lab.clock.advance(1);
    expect([hear(c), lab.speaker.table.paths, phase(lab)]).toEqual([['-1', '-2'], 0, undefined]);
  });

  it('are fresh when the neighbour says them again; what it does not goes when the time is over', async () => {
    const { lab, a, c } = await retaining();
    lose(lab, a);
    hear(c);
    lab.clock.advance(100_000);
    const again = lab.join(lost, { holdTime: 0 });
    expect(hear(c)).toEqual([]);
    again.announce(1);
    expect([hear(c), phase(lab), lab.speaker.table.staleOf(1)]).toEqual([['+1'], 'resynchronising', 1]);
    lab.clock.advance(199_999);
    expect(hear(c)).toEqual([]);
    lab.clock.advance(1);
    expect([hear(c), phase(lab), lab.speaker.table.paths]).toEqual([['-2'], undefined, 1]);
    // No End-of-RIB was owed: the next loss is as good as the first.
    lose(lab, again);
    expect(hear(c)).toEqual(['+1 stale']);
    lab.clock.advance(300_000);
    expect(hear(c)).toEqual(['-1']);
  });

  it('go with End-of-RIB where one comes, and stay whatever the F bit says', async () => {
    const forgets = offer({ restart: 60, kept: false, longLived: 0, longLivedKept: false });
    const { lab, a, c } = await retaining(forgets);
    a.say(eor);
    lose(lab, a);
    expect([phase(lab), hear(c)]).toEqual(['restarting', []]);
    lab.clock.advance(60_000);
    expect([phase(lab), hear(c)]).toEqual(['long-lived', ['+1 stale', '+2 stale']]);
    const again = lab.join(lost, forgets);
    expect(hear(c)).toEqual([]);
    again.announce(2);
    again.say(eor);
    expect([hear(c), phase(lab)]).toEqual([['+2', '-1'], undefined]);
  });

  it.each<[string, string]>([
    ['the hold timer of the neighbour', notificationHex(4, 0)],
    ['what it takes for an error of ours', notificationHex(3, 1)],
    ['its want of resources', notificationHex(6, 8)],
  ])('outlive %s', async (_, notification) => {
    const { lab, a, c } = await retaining();
    a.say(notification);
    expect([phase(lab), hear(c)]).toEqual(['long-lived', ['+1 stale', '+2 stale']]);
  });

  it.each([2, 3, 4, 9])("go at once with the neighbour's Cease/%i", async (subcode) => {
    const { lab, a, c } = await retaining();
    a.say(notificationHex(6, subcode));
    expect([phase(lab), hear(c)]).toEqual([undefined, ['-1', '-2']]);
  });

  it('go at once when our operator ends the session, or the neighbour announces too many', async () => {
    const { lab, c } = await retaining();
    lab.speaker.neighbour(lost)?.peer.reset();
    lab.settle();
    expect([phase(lab), hear(c)]).toEqual([undefined, ['-1', '-2']]);
    const limited = await Lab.listening();
    limited.speaker.addDynamic({
      prefix: '10.0.0.0/16',
      reflection: 'client',
      gracefulRestart: always,
      routeLimit: { limit: 1 },
    });
    limited.join(lost, { holdTime: 0 }).announce(1, 2);
    expect([phase(limited), limited.speaker.table.paths]).toEqual([undefined, 0]);
  });

  it('are as negotiated where long-lived stale routes are switched off', async () => {
    const { lab, a, c } = await retaining(undefined, { ...always, longLivedStaleTime: 0 });
    lose(lab, a);
    expect([phase(lab), hear(c)]).toEqual([undefined, ['-1', '-2']]);
  });
});
