import { describe, expect, it } from 'vitest';
import { endOfRib } from '../../../../src/bgp-ts/speaker/end-of-rib.ts';
import type { Capability } from '../../../../src/bgp-ts/wire/capability/registry.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { decodeOpen } from '../../../../src/bgp-ts/wire/message/open.ts';
import { bytes } from '../session/hand-peer.ts';
import { Lab, type Router } from './kit.ts';

const eor = endOfRib(Family.Evpn);

const restart = (restarted: boolean): Capability => ({
  kind: 'gracefulRestart',
  value: {
    restarted,
    notification: false,
    restartTime: 60,
    families: [{ family: Family.Evpn, forwardingPreserved: true }],
  },
});
const tellsEndOfRib = { holdTime: 0, more: [restart(false)] };
const restartedToo = { holdTime: 0, more: [restart(true)] };
const plain = { holdTime: 0 };

const [a, b, c] = ['10.0.0.2', '10.0.0.3', '10.0.0.4'];

/** A speaker that was here before, with sessions to these. */
async function setUp(expected: readonly string[], deferralTime = 30): Promise<Lab> {
  const lab = await Lab.listening({ opensLater: true });
  lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client' });
  lab.speaker.restarted({ expected, restartTime: 100, deferralTime });
  lab.speaker.open();
  lab.settle();
  lab.take();
  return lab;
}

const deferral = (lab: Lab) => lab.take().filter((line) => /^(selected|deferred)/.test(line));

/** R and F bits of the OPEN that came last, and whether there were NOTIFICATIONs allowed. */
function offered(router: Router): unknown {
  const open = router
    .take()
    .map(bytes)
    .findLast((message) => message[18] === 1);
  const decoded = decodeOpen(open ?? new Uint8Array(0));
  if (!decoded.ok) throw new Error(decoded.fault.reason);
  const capability = decoded.value.capabilities.find(({ kind }) => kind === 'gracefulRestart');
  if (capability?.kind !== 'gracefulRestart') return undefined;
  const { restarted, notification, families } = capability.value;
  return [restarted, notification, families.map(({ forwardingPreserved }) => forwardingPreserved)];
}

describe('a restart of our own (RFC 4724 §4.1)', () => {
  it('is said in the first OPEN to each neighbour, and no more', async () => {
    const lab = await setUp([a]);
    const first = lab.join(a, tellsEndOfRib);
    expect(offered(first)).toEqual([true, true, [true]]);
    first.near.lose();
    lab.settle();
    expect(offered(lab.join(a, tellsEndOfRib))).toEqual([false, true, [true]]);
    const capabilities = lab.speaker.neighbour(a)?.negotiated?.localCapabilities ?? [];
    expect(capabilities.find(({ kind }) => kind === 'gracefulRestart')?.value).toMatchObject({ restarted: false });
    lab.dial(b).near.lose();
    lab.settle();
    expect(offered(lab.join(b, plain))).toEqual([true, true, [true]]);
  });

  it('is not said any more when its time is over, or when we were not here before', async () => {
    const lab = await setUp([a]);
    lab.dial(b).near.lose();
    lab.clock.advance(100_000);
    expect(offered(lab.join(b, plain))).toEqual([false, true, [true]]);
    const fresh = await Lab.listening();
    fresh.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client' });
    expect(offered(fresh.join(a, plain))).toEqual([false, true, [true]]);
  });

  it('tells nobody anything before all have said End-of-RIB, and then everything at once', async () => {
    const lab = await setUp([a, b]);
    const [first, other] = [lab.join(a, tellsEndOfRib), lab.join(c, plain)];
    first.announce(1);
    first.say(eor);
    expect([first.read(), other.read(), lab.speaker.awaited]).toEqual([['open'], ['open'], [b]]);
    const second = lab.join(b, tellsEndOfRib);
    second.announce(2);
    lab.clock.advance(10_000);
    expect([second.read(), other.read()]).toEqual([['open'], []]);
    second.say(eor);
    expect([first.read(), second.read(), other.read()]).toEqual([
      ['+2', 'end'],
      ['+1', 'end'],
      ['+1', '+2', 'end'],
    ]);
    expect(deferral(lab)).toEqual(['selected without ']);
    expect(lab.join('10.0.0.9', plain).read()).toEqual(['open', '+1', '+2', 'end']);
  });

  it('waits no longer than the Selection_Deferral_Timer', async () => {
    const lab = await setUp([a, b], 20);
    const first = lab.join(a, tellsEndOfRib);
    first.announce(1);
    lab.clock.advance(19_999);
    expect(first.read()).toEqual(['open']);
    lab.clock.advance(1);
    expect([first.read(), lab.speaker.awaited]).toEqual([['end'], []]);
    expect(deferral(lab)).toEqual([`selected without ${a} ${b}`]);
  });

  it.each([
    ['announce no graceful restart', plain],
    ['have restarted themselves', restartedToo],
  ])('does not wait for those who %s', async (_, offer) => {
    const lab = await setUp([a]);
    expect(lab.join(a, offer).read()).toEqual(['open', 'end']);
    expect(deferral(lab)).toEqual(['selected without ']);
  });

  it('waits for those as well who come meanwhile, and for nobody who cannot come any more', async () => {
    const lab = await setUp([a, '192.0.2.1']);
    expect(lab.speaker.awaited).toEqual([a]);
    const newcomer = lab.join(c, tellsEndOfRib);
    const first = lab.join(a, tellsEndOfRib);
    first.say(eor);
    expect([newcomer.read(), lab.speaker.awaited]).toEqual([['open'], [c]]);
    lab.speaker.removeDynamic('10.0.0.0/16', 'gone');
    lab.settle();
    expect(lab.speaker.awaited).toEqual([]);
    expect(deferral(lab)).toEqual(['selected without ']);
  });

  it('waits for nobody when nobody was there', async () => {
    const lab = await setUp([]);
    expect(lab.join(a, tellsEndOfRib).read()).toEqual(['open', 'end']);
  });

  it('answers an early ROUTE-REFRESH with the first dump', async () => {
    const lab = await setUp([a, b]);
    const first = lab.join(a, {
      ...tellsEndOfRib,
      more: [restart(false), { kind: 'enhancedRouteRefresh', value: true }],
    });
    const other = lab.join(c, plain);
    other.announce(7);
    first.say(`${'ff'.repeat(16)}00170500190046`);
    expect(first.read()).toEqual(['open']);
    first.say(eor);
    lab.join(b, plain);
    expect(first.read()).toEqual(['+7', 'end']);
  });
});

describe('connections that come before it is known whether we have restarted', () => {
  it('wait, and are answered then; what they have said meanwhile is heard', async () => {
    const lab = await Lab.listening({ opensLater: true });
    lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client' });
    const router = lab.dial(a);
    router.open(tellsEndOfRib);
    const gone = lab.dial(b);
    gone.near.lose();
    lab.clock.advance(5000);
    expect([router.take(), router.closed, lab.speaker.neighbour(a)]).toEqual([[], undefined, undefined]);
    lab.speaker.restarted({ expected: [], restartTime: 100, deferralTime: 30 });
    lab.speaker.open();
    lab.settle();
    expect(lab.speaker.neighbour(a)?.peer.state).toBe('Established');
    expect(lab.speaker.neighbour(b)).toBeUndefined();
    expect(offered(router)).toEqual([true, true, [true]]);
    router.say(eor);
    expect(router.read()).toEqual(['end']);
  });

  it('are no more than there may be, and go when we stop', async () => {
    const lab = await Lab.listening({ opensLater: true });
    const waiting = [...new Array(1024).keys()].map((i) => lab.dial(`10.1.${i >> 8}.${i & 255}`));
    expect(lab.dial(a).read()).toEqual(['notification 6/5']);
    expect(lab.take()).toEqual([`refused ${a} half-open-limit`]);
    const stopped = lab.speaker.stop('bye');
    lab.clock.advance(2000);
    await stopped;
    expect(new Set(waiting.map(({ closed }) => closed))).toEqual(new Set(['ECONNRESET']));
  });

  it('leave no timer behind when we stop before all are back', async () => {
    const lab = await setUp([a]);
    const stopped = lab.speaker.stop('bye');
    lab.settle();
    await stopped;
    lab.clock.advance(3_600_000);
    expect(lab.clock.pending).toBe(0);
  });
});
