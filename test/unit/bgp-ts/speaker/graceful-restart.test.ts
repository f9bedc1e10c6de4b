import { describe, expect, it } from 'vitest';
import { endOfRib } from '../../../../src/bgp-ts/speaker/end-of-rib.ts';
import { defaultGracefulRestart } from '../../../../src/bgp-ts/speaker/graceful-restart.ts';
import type { NeighbourPolicy } from '../../../../src/bgp-ts/speaker/neighbour.ts';
import type { SpeakerOptions } from '../../../../src/bgp-ts/speaker/speaker.ts';
import type { GracefulRestart } from '../../../../src/bgp-ts/wire/capability/graceful-restart.ts';
import { Family, type FamilyId } from '../../../../src/bgp-ts/wire/constants.ts';
import { keepaliveHex, notificationHex } from '../session/hand-peer.ts';
import { Lab, type Offer, type Router } from './kit.ts';

const eor = endOfRib(Family.Evpn);
const address = '10.0.0.2';

/** The capability of who restarts within a minute and keeps forwarding. */
function restarts(patch: Partial<GracefulRestart> = {}): Offer {
  const value = {
    restarted: false,
    notification: false,
    restartTime: 60,
    families: [{ family: Family.Evpn as FamilyId, forwardingPreserved: true }],
    ...patch,
  };
  return { holdTime: 0, more: [{ kind: 'gracefulRestart', value }] };
}
const notifies = restarts({ notification: true });

/** Two clients; the first restarts gracefully, and has told routes 1 to 3 and End-of-RIB. */
async function setUp(
  offer: Offer = restarts(),
  policy: Partial<NeighbourPolicy> = {},
  options: Partial<SpeakerOptions> = {},
) {
  const lab = await Lab.listening(options);
  lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client', ...policy });
  const [a, b] = [lab.join(address, offer), lab.join('10.0.0.3', { holdTime: 0 })];
  a.announce(1, 2, 3);
  a.say(eor);
  for (const router of [a, b]) router.read();
  lab.take();
  return { lab, a, b };
}

function lose(lab: Lab, router: Router): void {
  router.near.lose('ECONNRESET');
  lab.settle();
}

const phase = ({ speaker }: Lab) => speaker.neighbour(address)?.retention?.phase;
/** What is told of routes and of the neighbour's sessions, by the first words. */
const told = (lab: Lab) => lab.take().filter((line) => !/^(notification|attempt|connection|collision)/.test(line));

describe('a neighbour that restarts gracefully (RFC 4724 §4.2)', () => {
  it('is missed by nobody, when it comes back and says the same', async () => {
    const { lab, a, b } = await setUp();
    lose(lab, a);
    expect(b.read()).toEqual([]);
    expect([phase(lab), lab.speaker.table.staleOf(1)]).toEqual(['restarting', 3]);
    expect(lab.speaker.neighbourOf(1)?.address).toBe(address);
    lab.clock.advance(59_000);
    const again = lab.join(address, restarts({ restarted: true }));
    expect([phase(lab), lab.speaker.table.staleOf(1)]).toEqual(['resynchronising', 3]);
    again.announce(1, 2, 3);
    again.say(eor);
    expect(b.read()).toEqual([]);
    expect(told(lab)).toEqual([
      `down ${address} connection-failed`,
      `retained ${address} 3`,
      `established ${address}`,
      `returned ${address} 3`,
      `resynchronised ${address} 0`,
    ]);
    expect([phase(lab), lab.speaker.neighbour(address)?.source?.index]).toEqual([undefined, 1]);
    // What it hears is not what it says.
    expect(again.read()).toEqual(['open', 'end']);
    b.announce(9);
    expect(again.read()).toEqual(['+9']);
  });

  it('is heard of again only in what is different: at once what changed, at End-of-RIB what is gone', async () => {
    const { lab, a, b } = await setUp();
    lose(lab, a);
    const again = lab.join(address, restarts());
    again.announce(4, 1);
    again.withdraw(2);
    expect(b.read()).toEqual(['+4', '-2']);
    again.say(eor);
    expect(b.read()).toEqual(['-3']);
    expect(lab.speaker.table.staleOf(1)).toBe(0);
    // An End-of-RIB more means nothing.
    again.say(eor);
    expect([b.read(), lab.speaker.table.routes]).toEqual([[], 2]);
  });

  it('has its routes told to whoever comes meanwhile', async () => {
    const { lab, a } = await setUp();
    lose(lab, a);
    expect(lab.join('10.0.0.4').read()).toEqual(['open', '+1', '+2', '+3', 'end']);
  });

  it('loses its routes when it has not come back within its restart time', async () => {
    const { lab, a, b } = await setUp();
    lose(lab, a);
    lab.clock.advance(59_999);
    expect(b.read()).toEqual([]);
    lab.clock.advance(1);
    expect(b.read()).toEqual(['-1', '-2', '-3']);
    expect(told(lab).slice(1)).toEqual([`retained ${address} 3`, `expired ${address} 3`]);
    expect([phase(lab), lab.speaker.neighbourOf(1), lab.speaker.table.paths]).toEqual([undefined, undefined, 0]);
  });

  it('is waited for no longer than the stale time, whatever it asks for', async () => {
    const gracefulRestart = { ...defaultGracefulRestart, staleTime: 10 };
    const { lab, a, b } = await setUp(restarts({ restartTime: 4095 }), { gracefulRestart });
    lose(lab, a);
    lab.clock.advance(10_000);
    expect(b.read()).toEqual(['-1', '-2', '-3']);
  });

  it.each([
    ['whose forwarding state is lost', restarts({ families: [{ family: Family.Evpn, forwardingPreserved: false }] })],
    ['that names another family', restarts({ families: [{ family: Family.Ipv4Unicast, forwardingPreserved: true }] })],
    ['that does not offer it any more', { holdTime: 0 }],
    ['with another identifier', { ...restarts(), bgpId: '10.9.9.9' }],
    [
      'with other meanings of its octets',
      { ...restarts(), more: [...(restarts().more ?? []), { kind: 'extendedMessage', value: true }] },
    ],
  ] as const)('that is back, but as one %s, loses its old routes at once', async (_, offer) => {
    const { lab, a, b } = await setUp();
    lose(lab, a);
    const again = lab.join(address, offer);
    expect(b.read()).toEqual(['-1', '-2', '-3']);
    expect(told(lab)).toContain(`returned-without-state ${address} 3`);
    again.announce(1);
    expect(b.read()).toEqual(['+1']);
    expect([phase(lab), lab.speaker.neighbour(address)?.source?.index]).toEqual([undefined, 3]);
  });

  it.each([
    ['names no family', restarts({ families: [] }), {}],
    ['names none of ours', restarts({ families: [{ family: Family.Ipv4Unicast, forwardingPreserved: true }] }), {}],
    ['has no time to be back', restarts({ restartTime: 0 }), {}],
    ['is not to be helped', restarts(), { gracefulRestart: { ...defaultGracefulRestart, enabled: false } }],
  ] as const)('is not waited for when it %s', async (_, offer, policy) => {
    const { lab, a, b } = await setUp(offer, policy);
    lose(lab, a);
    expect(b.read()).toEqual(['-1', '-2', '-3']);
    expect(phase(lab)).toBeUndefined();
  });

  it('that never says End-of-RIB loses what it has not said again when the stale time is over', async () => {
    const { lab, a, b } = await setUp();
    lose(lab, a);
    lab.clock.advance(50_000);
    const again = lab.join(address, restarts());
    again.announce(1);
    lab.clock.advance(309_999);
    expect(b.read()).toEqual([]);
    lab.clock.advance(1);
    expect(b.read()).toEqual(['-2', '-3']);
    // The session is as unfinished as before: with the next loss everything goes.
    lose(lab, again);
    expect(b.read()).toEqual(['-1']);
  });

  it('that is lost again before its End-of-RIB keeps what it had, but no longer than the first time (RFC 8538 §4.1)', async () => {
    const gracefulRestart = { ...defaultGracefulRestart, staleTime: 100 };
    const { lab, a, b } = await setUp(restarts(), { gracefulRestart });
    lose(lab, a);
    lab.clock.advance(40_000);
    const second = lab.join(address, restarts());
    second.announce(1);
    lose(lab, second);
    lab.clock.advance(40_000);
    const third = lab.join(address, restarts());
    third.announce(2);
    lose(lab, third);
    lab.clock.advance(19_999);
    expect([b.read(), lab.speaker.table.staleOf(1)]).toEqual([[], 3]);
    lab.clock.advance(1);
    expect(b.read()).toEqual(['-1', '-2', '-3']);
  });

  it('and says End-of-RIB has the whole time again', async () => {
    const gracefulRestart = { ...defaultGracefulRestart, staleTime: 70 };
    const { lab, a, b } = await setUp(restarts(), { gracefulRestart });
    lose(lab, a);
    lab.clock.advance(40_000);
    const second = lab.join(address, restarts());
    second.announce(1);
    second.say(eor);
    expect(b.read()).toEqual(['-2', '-3']);
    lose(lab, second);
    lab.clock.advance(59_000);
    expect(b.read()).toEqual([]);
  });

  it('is not forgotten while its routes are kept, nor has to make room for others', async () => {
    const gracefulRestart = { ...defaultGracefulRestart, staleTime: 2000 };
    const { lab, a, b } = await setUp(
      restarts({ restartTime: 2000 }),
      { gracefulRestart },
      { maxDynamicNeighbours: 2 },
    );
    lose(lab, a);
    lab.clock.advance(1_900_000);
    expect([phase(lab), b.read()]).toEqual(['restarting', []]);
    expect(lab.dial('10.0.0.9').read()).toEqual(['notification 6/5']);
    lab.clock.advance(160_000);
    expect(b.read()).toEqual(['-1', '-2', '-3']);
    expect([...lab.speaker.neighbours].map((neighbour) => neighbour.address)).toEqual(['10.0.0.3']);
  });

  it('takes its routes with it when it is configured away', async () => {
    const { lab, a, b } = await setUp();
    lab.speaker.addDynamic({ prefix: '10.0.0.2/32', reflection: 'client' });
    lose(lab, a);
    lab.speaker.addStatic({ address, passive: true, reflection: 'client' });
    lab.settle();
    expect(b.read()).toEqual(['-1', '-2', '-3']);
    expect([...lab.speaker.neighbours].map((neighbour) => neighbour.retention)).toEqual([undefined, undefined]);
  });

  it('leaves no timer behind when we stop', async () => {
    const { lab, a, b } = await setUp();
    lose(lab, a);
    const stopped = lab.speaker.stop('bye');
    lab.settle();
    b.connection.end();
    lab.settle();
    await stopped;
    lab.clock.advance(3_600_000);
    expect(lab.clock.pending).toBe(0);
  });

  it('ends its old session with a new OPEN, and nobody hears of it', async () => {
    const { lab, a, b } = await setUp();
    const again = lab.join(address, restarts());
    again.announce(1, 2, 3);
    again.say(eor);
    expect([a.read(), a.closed, b.read()]).toEqual([[], 'closed', []]);
    expect(told(lab)).toEqual([
      `down ${address} connection-failed`,
      `retained ${address} 3`,
      `established ${address}`,
      `returned ${address} 3`,
      `resynchronised ${address} 0`,
    ]);
  });
});

describe('NOTIFICATIONs of a neighbour that restarts gracefully (RFC 8538)', () => {
  const shutdown = notificationHex(6, 2);

  it('end its routes, as ever, unless both set the N bit', async () => {
    for (const [offer, kept] of [
      [restarts(), false],
      [notifies, true],
    ] as const) {
      const { a, b } = await setUp(offer);
      a.say(shutdown);
      expect(b.read()).toEqual(kept ? [] : ['-1', '-2', '-3']);
    }
    const { a, b } = await setUp(notifies, { gracefulRestart: { ...defaultGracefulRestart, enabled: false } });
    a.say(shutdown);
    expect(b.read()).toEqual(['-1', '-2', '-3']);
  });

  it('end its routes when they are a Hard Reset', async () => {
    const { a, b } = await setUp(notifies);
    a.say(notificationHex(6, 9, '0602'));
    expect(b.read()).toEqual(['-1', '-2', '-3']);
  });

  it('that we send leave them too: the hold timer, a bad UPDATE', async () => {
    const { lab, a, b } = await setUp({ ...notifies, holdTime: 30 });
    lab.clock.advance(31_000);
    expect([a.read().at(-1), b.read(), phase(lab)]).toEqual(['notification 4/0', [], 'restarting']);
    const again = lab.join(address, notifies);
    again.say(`${'ff'.repeat(16)}001702ffff0000`);
    expect([again.read().at(-1), b.read(), phase(lab)]).toEqual(['notification 3/1', [], 'restarting']);
    const plain = await setUp({ ...restarts(), holdTime: 30 });
    plain.lab.clock.advance(31_000);
    expect(plain.b.read()).toEqual(['-1', '-2', '-3']);
  });

  it('are a Hard Reset where we mean it: configured away, too many routes, an operator’s reset', async () => {
    const gone = await setUp(notifies);
    gone.lab.speaker.removeDynamic('10.0.0.0/16', 'gone');
    gone.lab.settle();
    expect(gone.a.take().at(-1)?.slice(38)).toBe('06090603');
    expect([gone.b.read(), gone.lab.speaker.table.paths]).toEqual([['notification 6/3'], 0]);

    const many = await setUp(notifies, { routeLimit: { limit: 3 } });
    many.a.announce(4);
    expect(many.a.take().at(-1)?.slice(38)).toBe('060906010019460000' + '0003');
    // What was decided before goes, the route too many was never told.
    expect(many.b.read()).toEqual(['-1', '-2', '-3']);

    const reset = await setUp(notifies);
    reset.lab.speaker.neighbour(address)?.peer.reset('anew');
    reset.lab.settle();
    expect(reset.a.take().at(-1)?.slice(38)).toBe(`0609060404${Buffer.from('anew').toString('hex')}`);
    expect(reset.b.read()).toEqual(['-1', '-2', '-3']);
  });

  it('that say we stop are none, so that our routes may stay where they are', async () => {
    const { lab, a } = await setUp(notifies);
    void lab.speaker.stop('bye');
    lab.settle();
    expect(a.take().at(-1)?.slice(38)).toBe(`060203${Buffer.from('bye').toString('hex')}`);
  });
});

describe('what our OPEN says of graceful restart', () => {
  const ours = async (policy: Partial<NeighbourPolicy>) => {
    const { lab } = await setUp(restarts(), policy);
    const capabilities = lab.speaker.neighbour(address)?.peer.localCapabilities ?? [];
    return capabilities.find(({ kind }) => kind === 'gracefulRestart')?.value;
  };

  it('is that EVPN survives it, and how long it takes', async () => {
    const families = [{ family: Family.Evpn, forwardingPreserved: true }];
    expect(await ours({})).toEqual({ restarted: false, notification: true, restartTime: 120, families });
    const gracefulRestart = { ...defaultGracefulRestart, restartTime: 30 };
    expect(await ours({ gracefulRestart })).toMatchObject({ restartTime: 30 });
  });

  it('is that End-of-RIB is sent, where it is turned off', async () => {
    const gracefulRestart = { ...defaultGracefulRestart, enabled: false };
    expect(await ours({ gracefulRestart })).toEqual({
      restarted: false,
      notification: false,
      restartTime: 0,
      families: [],
    });
  });
});

it('a session that is kept alive is nothing of all this', async () => {
  const { lab, a, b } = await setUp({ ...notifies, holdTime: 30 });
  for (let i = 0; i < 10; i++) {
    lab.clock.advance(20_000);
    a.say(keepaliveHex);
  }
  expect([phase(lab), b.read(), lab.speaker.table.staleOf(1)]).toEqual([undefined, [], 0]);
});

it('a reset by hand withdraws what is kept of who is away', async () => {
  const { lab, a, b } = await setUp();
  lose(lab, a);
  const neighbour = lab.speaker.neighbour(address);
  if (neighbour === undefined) throw new Error('forgotten');
  expect(lab.speaker.reset(neighbour)).toBe(true);
  lab.settle();
  expect([b.read(), phase(lab), lab.speaker.reset(neighbour)]).toEqual([['-1', '-2', '-3'], undefined, false]);
});
