import { describe, expect, it } from 'vitest';
import { defaultContext } from '../../../src/bgp-ts/wire/context.ts';
import { decodeUpdate } from '../../../src/bgp-ts/wire/message/update.ts';
import type { Border } from '../../../src/federation/border.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { bytes } from '../bgp-ts/session/hand-peer.ts';
import type { Router } from '../bgp-ts/speaker/kit.ts';
import { federationLab, rest } from './federation-lab.ts';

/** The neighbour has told host 1, our NVE host 2, and both know. */
async function setUp() {
  const all = await federationLab();
  const neighbour = all.joinNeighbour();
  const nve = all.joinNve();
  all.announce(neighbour, 'wire', 1);
  all.announce(nve, 'inside', 2);
  rest(all);
  expect([nve.read(), neighbour.read()]).toEqual([expect.arrayContaining(['+1']), expect.arrayContaining(['+2'])]);
  return { ...all, neighbour, nve, border: all.federation.border('dc2') as Border };
}

/** LOCAL_PREF of what a router was told. */
const preferences = (router: Router) =>
  router.take().flatMap((message) => {
    const octets = bytes(message);
    return octets[18] === 2 ? [decodeUpdate(octets, defaultContext).update.attributes.localPref] : [];
  });

describe('a neighbour domain that is frozen', () => {
  it('hears nothing and changes nothing, and has the last state when it is released', async () => {
    const all = await setUp();
    const { border, neighbour, nve } = all;
    expect(border.freeze()).toBe(true);
    expect(border.maintenance).toEqual({ state: 'frozen', since: all.lab.clock.now() });
    all.withdraw(neighbour, 'wire', 1);
    all.announce(neighbour, 'wire', 3, 4);
    all.withdraw(neighbour, 'wire', 4);
    all.withdraw(nve, 'inside', 2);
    all.announce(nve, 'inside', 5);
    rest(all);
    expect(nve.read()).toEqual([]);
    expect(neighbour.read()).toEqual([]);
    all.lab.clock.advance(2000);
    expect(border.import.lag).toBeGreaterThanOrEqual(2000);
    border.release();
    rest(all);
    expect(nve.read().sort()).toEqual(['+3', '-1']);
    expect(neighbour.read().sort()).toEqual(['+5', '-2']);
    expect(border.import.lag).toBe(0);
    expect(all.told).toEqual(['dc2 frozen', 'dc2 none']);
  });

  it('keeps no place for what came and went meanwhile', async () => {
    const all = await setUp();
    const { border, neighbour } = all;
    border.freeze();
    const before = border.outer.table.end;
    for (let n = 10; n < 1010; n++) {
      all.announce(neighbour, 'wire', n);
      all.withdraw(neighbour, 'wire', n);
    }
    rest(all);
    expect(border.outer.table.end - before).toBeLessThan(100);
    expect(border.import.waiting).toBeLessThan(100);
    border.release();
    rest(all);
    expect(border.import.waiting).toBe(0);
    expect(border.import.routes).toBe(1);
  });
});

describe('a neighbour domain that is drained', () => {
  it('is told nothing any more, and what it told is preferred least and then withdrawn', async () => {
    const all = await setUp();
    const { border, neighbour, nve } = all;
    border.drain(5000);
    rest(all);
    expect(neighbour.read()).toEqual(['-2']);
    expect(preferences(nve)).toEqual([0]);
    expect(border.maintenance.state).toBe('draining');
    all.announce(neighbour, 'wire', 3);
    rest(all);
    expect(preferences(nve)).toEqual([0]);
    all.lab.clock.advance(5000);
    rest(all);
    expect(border.maintenance.state).toBe('drained');
    expect(nve.read().sort()).toEqual(['-1', '-3']);
    expect(border.sessionsUp).toBe(1);
    expect(border.import.refused).toEqual(new Map([['drained', 2]]));
    expect(border.import.routesOf('web')).toBe(0);
    expect(border.freeze()).toBe(false);
    border.release();
    rest(all);
    expect(preferences(nve)).toEqual([100]);
    expect(neighbour.read()).toEqual(['+2']);
    expect(border.import.routesOf('web')).toBe(2);
    expect(all.told).toEqual(['dc2 draining', 'dc2 drained', 'dc2 none']);
  });

  it('that is released in time is never without its routes', async () => {
    const all = await setUp();
    const { border, nve } = all;
    border.drain(5000);
    rest(all);
    border.release();
    all.lab.clock.advance(60_000);
    rest(all);
    expect(preferences(nve)).toEqual([0, 100]);
    expect(border.maintenance.state).toBe('none');
  });

  it('stays so when its sessions are configured anew', async () => {
    const all = await setUp();
    const { federation, border, neighbour, nve } = all;
    border.drain(0);
    rest(all);
    neighbour.take();
    nve.take();
    const { config } = border;
    const again = federation.replace({ neighbour: config, sessions: [all.session], policies: {} }, 'changed');
    rest(all);
    await again;
    const back = all.joinNeighbour();
    all.announce(back, 'wire', 1);
    rest(all);
    expect(federation.border('dc2')?.maintenance.state).toBe('drained');
    expect(all.told).toEqual(['dc2 draining', 'dc2 drained', 'dc2 still drained']);
    expect(back.read()).not.toContain('+2');
    expect(nve.read()).toEqual([]);
  });
});

describe('a neighbour domain that is frozen or drained when nvad restarts', () => {
  it('comes back drained, since it was told to be, before anything crosses; a release is kept as well', async () => {
    const kept = memoryStore().maintenance;
    const before = await federationLab({}, kept);
    before.federation.border('dc2')?.drain(60_000);
    const { since } = before.federation.border('dc2')?.maintenance ?? {};
    const all = await federationLab({}, kept);
    const [neighbour, nve] = [all.joinNeighbour(), all.joinNve()];
    all.announce(neighbour, 'wire', 1);
    all.announce(nve, 'inside', 2);
    rest(all);
    expect(all.told).toEqual(['dc2 still drained']);
    expect(all.federation.border('dc2')?.maintenance).toEqual({ state: 'drained', since });
    expect([nve.read(), neighbour.read()]).toEqual([
      ['open', 'end'],
      ['open', 'end'],
    ]);
    all.federation.border('dc2')?.release();
    rest(all);
    expect([nve.read(), neighbour.read()]).toEqual([['+1'], ['+2']]);
    expect((await federationLab({}, kept)).federation.border('dc2')?.maintenance.state).toBe('none');
  });

  it('comes back frozen with nothing, and nobody waits for it', async () => {
    const kept = memoryStore().maintenance;
    (await federationLab({}, kept)).federation.border('dc2')?.freeze();
    const all = await federationLab({}, kept);
    const [neighbour, nve] = [all.joinNeighbour(), all.joinNve()];
    all.announce(neighbour, 'wire', 1);
    all.announce(nve, 'inside', 2);
    rest(all);
    const border = all.federation.border('dc2') as Border;
    expect([nve.read(), neighbour.read()]).toEqual([
      ['open', 'end'],
      ['open', 'end'],
    ]);
    expect([border.maintenance.state, border.import.waiting, border.hasConverged]).toEqual(['frozen', 1, true]);
    border.release();
    rest(all);
    expect([nve.read(), neighbour.read()]).toEqual([['+1'], ['+2']]);
  });

  it('stays as it is where that cannot be kept', async () => {
    const full = () => {
      throw new Error('full');
    };
    const all = await federationLab({}, { load: () => undefined, save: full });
    const border = all.federation.border('dc2') as Border;
    for (const steer of [() => border.freeze(), () => border.drain(0)]) expect(steer).toThrow('full');
    expect([border.maintenance.state, all.told]).toEqual(['none', []]);
  });
});

describe('how it is with a neighbour domain', () => {
  it('goes by its sessions and by what is kept of it', async () => {
    const all = await federationLab();
    const border = all.federation.border('dc2') as Border;
    expect(border.link).toEqual({ state: 'down', since: all.lab.clock.now() });
    all.lab.clock.advance(1000);
    const neighbour = all.joinNeighbour();
    const upSince = all.lab.clock.now();
    all.announce(neighbour, 'wire', 1);
    all.lab.clock.advance(1000);
    expect(border.link).toEqual({ state: 'up', since: upSince });
    neighbour.near.lose('ECONNRESET');
    rest(all);
    const lostAt = all.lab.clock.now();
    expect(border.link.state).toBe('stale');
    expect(border.link.since).toBeGreaterThan(lostAt - 20);
    all.lab.clock.advance(400_000);
    expect(border.link.state).toBe('down');
  });
});
