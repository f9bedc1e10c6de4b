import { describe, expect, it } from 'vitest';
import { endOfRib } from '../../../../src/bgp-ts/speaker/end-of-rib.ts';
import type { Capability } from '../../../../src/bgp-ts/wire/capability/registry.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { encodeRouteRefresh, RefreshSubtype } from '../../../../src/bgp-ts/wire/message/route-refresh.ts';
import { keepaliveHex } from '../session/hand-peer.ts';
import { Lab, type Router } from './kit.ts';

const refresh = (subtype: number) => encodeRouteRefresh({ family: Family.Evpn, subtype });
const request = refresh(RefreshSubtype.Request);
const begin = refresh(RefreshSubtype.BeginningOfRib);
const end = refresh(RefreshSubtype.EndOfRib);
const eor = endOfRib(Family.Evpn);

const enhanced: Capability = { kind: 'enhancedRouteRefresh', value: true };
const asksForEndOfRib: Capability = {
  kind: 'gracefulRestart',
  value: { restarted: false, notification: false, restartTime: 0, families: [] },
};

/** Two clients, of which the first offers these capabilities and has announced routes 1 to 3. */
async function setUp(...more: Capability[]): Promise<{ lab: Lab; a: Router; b: Router }> {
  const lab = await Lab.listening();
  lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client' });
  const [a, b] = [lab.join('10.0.0.2', { more }), lab.join('10.0.0.3')];
  a.announce(1, 2, 3);
  for (const router of [a, b]) router.read();
  lab.take();
  return { lab, a, b };
}

describe('enhanced route refresh (RFC 7313)', () => {
  it('stands around the dump that a neighbour asks for, where both announced it', async () => {
    const { lab, a, b } = await setUp(enhanced);
    b.announce(7);
    a.read();
    a.say(request);
    expect(a.read()).toEqual(['begin', '+7', 'finish']);
    expect(lab.speaker.neighbour('10.0.0.2')?.peer.sent).toMatchObject({ routeRefreshes: 2, updates: 3 });
    b.say(request);
    expect(b.read()).toEqual(['+1', '+2', '+3']);
  });

  it('that a neighbour sends: what it says again is told to nobody, what it does not goes', async () => {
    const { lab, a, b } = await setUp(enhanced);
    a.say(begin);
    a.announce(1, 3);
    expect(lab.speaker.table.staleOf(1)).toBe(1);
    expect(lab.speaker.neighbour('10.0.0.2')?.retention?.phase).toBe('refreshing');
    expect(b.read()).toEqual([]);
    a.say(end);
    expect(b.read()).toEqual(['-2']);
    expect(lab.take()).toEqual(['refresh-begun 10.0.0.2 3', 'refresh-ended 10.0.0.2 1']);
    expect(lab.speaker.neighbour('10.0.0.2')?.retention).toBeUndefined();
    expect([lab.speaker.settled, lab.speaker.table.routes]).toEqual([true, 2]);
  });

  it('starts over with a second BoRR', async () => {
    const { lab, a, b } = await setUp(enhanced);
    a.say(begin);
    a.announce(1);
    a.say(begin);
    a.announce(2);
    a.say(end);
    expect(b.read()).toEqual(['-1', '-3']);
    a.say(end);
    expect(b.read()).toEqual([]);
    expect(lab.take()).toEqual(['refresh-begun 10.0.0.2 3', 'refresh-begun 10.0.0.2 3', 'refresh-ended 10.0.0.2 2']);
  });

  it('is over after a while without EoRR', async () => {
    const { lab, a, b } = await setUp(enhanced);
    a.say(begin);
    a.announce(1);
    for (let minute = 0; minute < 6; minute++) {
      expect(b.read()).toEqual([]);
      for (const router of [a, b]) router.say(keepaliveHex);
      lab.clock.advance(60_000);
    }
    expect(b.read()).toEqual(['-2', '-3']);
    expect(lab.take()).toEqual(['refresh-begun 10.0.0.2 3', 'expired 10.0.0.2 2']);
    a.say(end);
    expect(lab.take()).toEqual([]);
  });

  it('is ignored before End-of-RIB, where that is to come (§4)', async () => {
    const { lab, a, b } = await setUp(enhanced, asksForEndOfRib);
    a.say(begin);
    a.say(end);
    expect(lab.take()).toEqual(['refresh-too-early 10.0.0.2']);
    a.say(eor);
    a.say(begin);
    a.say(end);
    expect(b.read()).toEqual(['-1', '-2', '-3']);
  });

  it('means nothing from those who did not announce it, and unknown subtypes never do', async () => {
    const { lab, a, b } = await setUp();
    for (const subtype of [1, 2, 3, 255]) a.say(refresh(subtype));
    expect([lab.take(), b.read(), lab.speaker.table.staleOf(1)]).toEqual([[], [], 0]);
  });

  it('ends with its session', async () => {
    const { lab, a, b } = await setUp(enhanced);
    a.say(begin);
    a.near.lose();
    lab.settle();
    expect(b.read()).toEqual(['-1', '-2', '-3']);
    expect(lab.speaker.neighbour('10.0.0.2')?.retention).toBeUndefined();
    lab.clock.advance(400_000);
    expect(lab.take()).not.toContain('expired 10.0.0.2 0');
  });
});
