/** A neighbour domain that is lost: what our NVEs keep of it, for how long, and what becomes of that when it is back. */
import { afterEach, describe, expect, it } from 'vitest';
import { at, BesideDc2, heldBy, holds, hostOf, say } from '../support/beside-dc2.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { capability, keepalive, message, open, Type } from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import { until } from '../support/until.ts';

/** Of a host of our own. */
const OURS = 101;
/** EVPN with F set, back within 120 s (RFC 4724 §3). */
const restarts = [64, 6, 0, 120, 0, 25, 70, 0x80];

describe.runIf(isRoot)('a neighbour domain that is lost', () => {
  let lab: BesideDc2;
  let nve: BgpClient;
  let neighbour: BgpClient;
  /** UPDATEs to the NVE that are about our own host. */
  let toldOfOurs = 0;

  async function begin(keepStale: number): Promise<void> {
    lab = await BesideDc2.begun(`keepStale: ${keepStale}`);
    const other = await lab.joinNve(at.nve2);
    say(other, [OURS]);
    nve = await lab.joinNve();
    await holds(nve, OURS);
    toldOfOurs = 0;
    nve.heard = (_, { nlri }) => {
      if (hostOf(nlri) === OURS) toldOfOurs++;
    };
  }
  /** LOCAL_PREF of the neighbour's hosts, as our NVE has them. */
  const preferences = () =>
    Object.fromEntries(
      [...heldBy(nve)].filter(([host]) => host !== OURS).map(([host, held]) => [host, held.localPref]),
    );
  const become = async (wanted: Readonly<Record<number, number>>) => {
    const text = JSON.stringify(wanted);
    const has = () => JSON.stringify(preferences());
    await until(() => has() === text, { within: 10_000, what: () => `${text}, not ${has()}` });
  };
  const reaches = (state: string) =>
    until(async () => (await lab.domain()).state === state, { within: 10_000, what: `the state ${state}` });
  const state = (name: string) => lab.metric(`nvad_domain_state{domain="dc2",state="${name}"}`);
  afterEach(() => lab.clear());

  it('has its routes kept, less preferred, until it is back and has said which there are', async () => {
    await begin(3600);
    neighbour = await lab.joinNeighbour();
    say(neighbour, [1, 2], { sequence: 4 });
    neighbour.done();
    await become({ 1: 100, 2: 100 });
    neighbour.destroy();
    await become({ 1: 50, 2: 50 });
    await reaches('stale');
    expect(await lab.domain()).toMatchObject({ sessions: { up: 0, configured: 2 }, import: { routes: 2 } });
    expect(await state('stale')).toBe(1);
    expect(await lab.ctl('show', 'domain', 'dc2')).toMatch(/^state +stale for /m);
    expect(heldBy(nve).get(2)).toEqual({ localPref: 50, sequence: 4 });

    neighbour = await lab.joinNeighbour();
    say(neighbour, [1], { sequence: 4 });
    say(neighbour, [3]);
    await become({ 1: 100, 2: 50, 3: 100 });
    expect(nve.withdrawals).toBe(0);
    neighbour.done();
    await become({ 1: 100, 3: 100 });
    expect([nve.withdrawals, toldOfOurs]).toEqual([1, 0]);
    expect(await lab.domain()).toMatchObject({ state: 'established', import: { routes: 2, refused: {} } });
    expect(await state('stale')).toBe(0);
  });

  it('may have gone without a word, be it that it says nothing any more', async () => {
    await begin(3600);
    neighbour = lab.dial(at.neighbour);
    neighbour.send(open({ asn: 65002, id: at.neighbour, holdTime: 3 }));
    await neighbour.received(Type.open);
    neighbour.send(keepalive);
    await neighbour.received(Type.keepalive);
    say(neighbour, [1, 2]);
    await become({ 1: 100, 2: 100 });
    expect(await neighbour.notification(10_000)).toBe('0400');
    await become({ 1: 50, 2: 50 });
    await reaches('stale');
    expect([nve.withdrawals, toldOfOurs]).toEqual([0, 0]);
  });

  it('has its routes less preferred soon, although it may be back soon by what it has announced', async () => {
    await begin(3600);
    const { evpn, routeRefresh, asn4 } = capability;
    neighbour = await lab.joinNeighbour(at.neighbour, { capabilities: [evpn, routeRefresh, restarts, asn4(65002)] });
    say(neighbour, [1, 2]);
    neighbour.done();
    await become({ 1: 100, 2: 100 });
    neighbour.destroy();
    await become({ 1: 50, 2: 50 });
    expect([nve.withdrawals, toldOfOurs]).toEqual([0, 0]);
  });

  it('has its routes withdrawn when the time is over, all of them and nothing else', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => 1000 + i);
    await begin(2);
    neighbour = await lab.joinNeighbour();
    for (let i = 0; i < many.length; i += 100) say(neighbour, many.slice(i, i + 100));
    neighbour.done();
    await nve.holdsNumber(many.length + 1);
    const lost = performance.now();
    neighbour.destroy();
    await reaches('stale');
    await until(() => nve.withdrawals > 0, { within: 10_000, what: 'a withdrawal' });
    expect(performance.now() - lost).toBeGreaterThan(1980);
    await holds(nve, OURS);
    expect([nve.withdrawals, toldOfOurs]).toEqual([many.length, 0]);
    await reaches('down');
    expect(await lab.domain()).toMatchObject({ import: { routes: 0, waiting: 0, refused: {} } });
    expect(await state('down')).toBe(1);
  });

  it('has nothing kept where that is not agreed', async () => {
    await begin(0);
    neighbour = await lab.joinNeighbour();
    say(neighbour, [1, 2]);
    await become({ 1: 100, 2: 100 });
    neighbour.destroy();
    await become({});
    await reaches('down');
  });

  it('has nothing kept when its operator has shut the session down', async () => {
    await begin(3600);
    neighbour = await lab.joinNeighbour();
    say(neighbour, [1, 2]);
    await become({ 1: 100, 2: 100 });
    neighbour.send(message(Type.notification, [6, 2]));
    await become({});
    await reaches('down');
  });

  it('is not lost while one of its replicas is there: our NVEs hear nothing of it', async () => {
    await begin(3600);
    neighbour = await lab.joinNeighbour();
    const replica = await lab.joinNeighbour(at.replica);
    for (const one of [neighbour, replica]) {
      say(one, [1, 2]);
      one.done();
    }
    await become({ 1: 100, 2: 100 });
    await until(async () => (await lab.domain()).sessions.up === 2, { within: 10_000 });
    const { updates } = nve;
    neighbour.destroy();
    await lab.nvad.logged(/^session with 10\.9\.0\.1 ended/);
    expect(await lab.domain()).toMatchObject({ state: 'established', sessions: { up: 1, configured: 2 } });
    // What comes after it has come.
    await lab.nvad.logged(/10\.9\.0\.1.*(kept|preferred)/);
    say(replica, [3]);
    await become({ 1: 100, 2: 100, 3: 100 });
    expect([nve.updates - updates, nve.withdrawals]).toEqual([1, 0]);
    replica.destroy();
    await become({ 1: 50, 2: 50, 3: 50 });
    expect(nve.withdrawals).toBe(0);
  });
});
