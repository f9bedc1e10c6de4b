import { describe, expect, it } from 'vitest';
import { endOfRib } from '../../../../src/bgp-ts/speaker/end-of-rib.ts';
import type { RouteLimit } from '../../../../src/bgp-ts/speaker/neighbour.ts';
import type { Capability } from '../../../../src/bgp-ts/wire/capability/registry.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { encodeRouteRefresh, RefreshSubtype } from '../../../../src/bgp-ts/wire/message/route-refresh.ts';
import { announcement, macIp, plain } from '../rib/kit.ts';
import { Lab } from './kit.ts';

const address = '10.0.0.2';
const prefix = '10.0.0.0/16';
const lasting = { holdTime: 0 };

async function setUp(routeLimit: RouteLimit, more: readonly Capability[] = []) {
  const lab = await Lab.listening();
  lab.speaker.addDynamic({ prefix, reflection: 'client', routeLimit });
  const a = lab.join(address, { ...lasting, more });
  lab.take();
  return { lab, a, neighbour: lab.speaker.neighbour(address) as NonNullable<ReturnType<typeof lab.speaker.neighbour>> };
}

const warnings = (lab: Lab) => lab.take().filter((line) => line.startsWith('near-limit')).length;

describe('a route limit', () => {
  it('warns once on the way, and again when there were clearly fewer meanwhile', async () => {
    const { lab, a, neighbour } = await setUp({ limit: 100, warnAbove: 20 });
    const keys = [...new Array(20).keys()];
    a.announce(...keys);
    expect([warnings(lab), neighbour.nearLimit]).toEqual([0, false]);
    a.announce(20);
    a.announce(21, 22);
    expect([warnings(lab), neighbour.nearLimit]).toEqual([1, true]);
    a.withdraw(22, 21, 20, 19);
    a.announce(19, 20);
    expect([warnings(lab), neighbour.nearLimit]).toEqual([0, true]);
    a.withdraw(20, 19, 18);
    expect([warnings(lab), neighbour.nearLimit]).toEqual([0, false]);
    a.announce(18, 19, 20);
    expect(warnings(lab)).toBe(1);
    expect(neighbour.limitExceeded).toBe(0);
    a.near.lose();
    lab.settle();
    expect(neighbour.nearLimit).toBe(false);
  });

  it('lets who had too many come back as after any failure, where nothing else is said', async () => {
    const { lab, a, neighbour } = await setUp({ limit: 1 });
    a.announce(1, 2);
    expect([a.read().at(-1), neighbour.limitExceeded, neighbour.heldUntil]).toEqual(['notification 6/1', 1, undefined]);
    expect(lab.join(address, lasting).read()).toEqual(['open', 'end']);
  });

  it('is also one of attributes, each set counted once and as long as it is held', async () => {
    const { lab, a, neighbour } = await setUp({ limit: 100, attributeOctets: 5000 });
    const index = neighbour.source?.index ?? -1;
    const say = (key: number, multiExitDisc: number) => {
      a.say(announcement([macIp(key)], { ...plain, multiExitDisc }));
      lab.settle();
    };
    for (let n = 0; n < 20; n++) say(1, n);
    for (let key = 2; key < 20; key++) say(key, 19);
    expect(neighbour.limitExceeded).toBe(0);
    say(2, 20);
    expect(neighbour.limitExceeded).toBe(0);
    say(3, 21);
    expect([neighbour.limitExceeded, a.read().at(-1)]).toEqual([1, 'notification 6/8']);
    lab.settle();
    expect(lab.speaker.attributes.octetsOf(index)).toBe(0);
  });

  it('keeps who had too many down for a while: refused with 6/5, not dialled, not forgotten', async () => {
    const { lab, a, neighbour } = await setUp({ limit: 1, restart: 1000 });
    a.announce(1, 2);
    expect(a.read().at(-1)).toBe('notification 6/1');
    expect(lab.take()).toContain(`held ${address}`);
    expect([neighbour.peer.state, neighbour.heldUntil]).toEqual(['Idle', 1_000_000]);
    const dials = () => lab.network.dials.filter((dial) => dial.address === address).length;
    for (let i = 0; i < 9; i++) {
      lab.clock.advance(100_000);
      expect(lab.dial(address).read()).toEqual(['notification 6/5']);
    }
    expect(lab.take()).toEqual(new Array(9).fill(`refused ${address} route-limit`));
    expect(lab.speaker.admissions.refused['route-limit']).toBe(9);
    expect([dials(), lab.speaker.neighbour(address)]).toEqual([0, neighbour]);
    lab.clock.advance(100_000);
    expect(lab.take()).toEqual([`released ${address}`]);
    lab.clock.advance(5000);
    expect(dials()).toBe(1);
    expect(lab.join(address, lasting).read()).toEqual(['open', 'end']);
    expect(neighbour.sessions).toBe(2);
  });

  it('keeps those down as well who have too many by what its owner counts', async () => {
    const { lab, a, neighbour } = await setUp({ limit: 9, restart: 1000 });
    a.announce(1, 2);
    a.read();
    lab.take();
    expect(lab.speaker.endForRoutes(neighbour, 1, 'more than the 1 route of web allowed')).toBe(true);
    lab.settle();
    expect(a.read().at(-1)).toBe('notification 6/1');
    expect(lab.take()).toEqual([
      `exceeded ${address}`,
      `notification-sent ${address}`,
      expect.stringMatching(`^down ${address}`),
      `held ${address}`,
    ]);
    expect([neighbour.limitExceeded, neighbour.heldUntil, lab.speaker.table.paths]).toEqual([1, 1_000_000, 0]);
    expect(neighbour.peer.lastErrorSent?.reason).toBe('more than the 1 route of web allowed');
    expect(lab.speaker.endForRoutes(neighbour, 1, '')).toBe(false);
  });

  it('keeps who had too many down until it is reset, or may have more', async () => {
    const { lab, a, neighbour } = await setUp({ limit: 1, restart: 'never' });
    a.announce(1, 2);
    lab.clock.advance(100 * 86_400_000);
    expect(lab.dial(address).read()).toEqual(['notification 6/5']);
    expect([lab.speaker.reset(neighbour), lab.speaker.reset(neighbour)]).toEqual([true, false]);
    const again = lab.join(address, lasting);
    again.read();
    again.announce(1, 2);
    expect(again.read()).toEqual(['notification 6/1']);
    lab.speaker.setPolicy(prefix, { reflection: 'client', routeLimit: { limit: 1, restart: 9 } });
    expect(lab.dial(address).read()).toEqual(['notification 6/5']);
    lab.speaker.setPolicy(prefix, { reflection: 'client', routeLimit: { limit: 2 } });
    lab.settle();
    const third = lab.join(address, lasting);
    third.announce(1, 2);
    expect(third.read()).toEqual(['open', 'end']);
  });

  it('that is lowered holds at once, for those who have a session', async () => {
    const { lab, a, neighbour } = await setUp({ limit: 9 });
    const other = lab.join('10.0.0.3', lasting);
    a.announce(1, 2, 3);
    other.announce(4, 5);
    a.read();
    other.read();
    lab.take();
    lab.speaker.setPolicy(prefix, { reflection: 'client', routeLimit: { limit: 2 } });
    lab.settle();
    expect(lab.take()).toEqual([
      `exceeded ${address}`,
      `notification-sent ${address}`,
      expect.stringMatching(`^down ${address}`),
    ]);
    expect([a.read().at(-1), neighbour.limitExceeded, neighbour.source]).toEqual(['notification 6/1', 1, undefined]);
    expect(neighbour.peer.lastErrorSent?.reason).toBe('3 routes, more than the 2 allowed');
    expect(lab.speaker.table.paths).toBe(2);
  });

  it('is not looked at again when something else changes', async () => {
    const { lab, a } = await setUp({ limit: 9, warnAbove: 1 });
    a.announce(1, 2);
    expect(warnings(lab)).toBe(1);
    lab.speaker.setPolicy(prefix, { reflection: 'client', description: 'x', routeLimit: { limit: 9, warnAbove: 1 } });
    expect(warnings(lab)).toBe(0);
    lab.speaker.setPolicy(prefix, { reflection: 'client', routeLimit: { limit: 8, warnAbove: 1 } });
    expect(warnings(lab)).toBe(1);
  });

  it('of a neighbour that is forgotten is forgotten with it', async () => {
    const { lab, a } = await setUp({ limit: 1, restart: 1000 });
    a.announce(1, 2);
    lab.speaker.removeDynamic(prefix, 'gone');
    lab.clock.advance(2_000_000);
    expect(lab.take()).not.toContain(`released ${address}`);
  });

  it('leaves no timer behind when we stop', async () => {
    const { lab, a } = await setUp({ limit: 1, restart: 1000 });
    a.announce(1, 2);
    const stopped = lab.speaker.stop('bye');
    lab.settle();
    await stopped;
    lab.clock.advance(3_600_000);
    expect(lab.clock.pending).toBe(0);
  });

  describe('and routes that are not confirmed', () => {
    const refresh = (subtype: number) => encodeRouteRefresh({ family: Family.Evpn, subtype });
    const enhanced: Capability = { kind: 'enhancedRouteRefresh', value: true };

    it('counts what is announced now, so that a restarted neighbour may have others', async () => {
      const restarts: Capability = {
        kind: 'gracefulRestart',
        value: {
          restarted: false,
          notification: true,
          restartTime: 60,
          families: [{ family: Family.Evpn, forwardingPreserved: true }],
        },
      };
      const { lab, a } = await setUp({ limit: 3 }, [restarts]);
      a.announce(1, 2, 3);
      a.near.lose();
      lab.settle();
      const again = lab.join(address, { ...lasting, more: [restarts] });
      again.read();
      again.announce(4, 5, 6);
      expect([again.read(), lab.speaker.table.paths]).toEqual([[], 6]);
      again.say(endOfRib(Family.Evpn));
      expect(lab.speaker.table.paths).toBe(3);
      again.announce(7);
      expect(again.take().at(-1)?.slice(38)).toBe('06090601' + '001946' + '00000003');
      expect(lab.speaker.table.paths).toBe(0);
    });

    it('has an end all the same, however often a neighbour begins anew', async () => {
      const { lab, a } = await setUp({ limit: 3 }, [enhanced]);
      a.announce(1, 2, 3);
      a.say(refresh(RefreshSubtype.BeginningOfRib));
      a.announce(4, 5, 6);
      a.say(refresh(RefreshSubtype.BeginningOfRib));
      a.read();
      a.announce(7);
      expect(a.read()).toEqual(['notification 6/1']);
      expect(lab.speaker.table.paths).toBe(0);
    });
  });
});

describe('a reset by hand', () => {
  it('ends a session, and withdraws what is kept of who is away', async () => {
    const { lab, a, neighbour } = await setUp({ limit: 9 });
    a.read();
    expect(lab.speaker.reset(neighbour, 'x')).toBe(true);
    lab.settle();
    expect(a.take()[0]?.slice(38)).toBe('0604' + '0178');
    expect(lab.speaker.reset(neighbour)).toBe(false);
  });
});
