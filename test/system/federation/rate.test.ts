/** How fast changes cross between our NVEs and a neighbour domain, as whoever is told hears them on the wire. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Crossing } from '../../../src/api/contract/domains.ts';
import { at, BesideDc2, heldBy, holds, hostOf, say, sequenceOf, unsay } from '../support/beside-dc2.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { isRoot } from '../support/namespace.ts';
import { until } from '../support/until.ts';

const directions = ['export', 'import'] as const;
type Direction = (typeof directions)[number];

/** A host was announced to a client. `at` is milliseconds of `performance.now()`. */
interface Heard {
  readonly host: number;
  readonly sequence: number | undefined;
  readonly at: number;
}

/** All that a client is told of hosts from now on. */
function listen(client: BgpClient): readonly Heard[] {
  const heard: Heard[] = [];
  client.heard = (_, { nlri, attributes }) => {
    const sequence = sequenceOf(attributes.get(16)?.value);
    heard.push({ host: hostOf(nlri), sequence, at: performance.now() });
  };
  return heard;
}

/** Timers may go off so many milliseconds too early by another clock. */
const EARLY = 20;

describe.runIf(isRoot)('changes between our domain and a neighbour', () => {
  let lab: BesideDc2;
  let nve: BgpClient;
  let other: BgpClient;
  let neighbour: BgpClient;

  async function begin(rate: string): Promise<void> {
    lab = await BesideDc2.begun(`rate: ${rate}`);
    nve = await lab.joinNve();
    other = await lab.joinNve(at.nve2);
    neighbour = await lab.joinNeighbour();
    neighbour.done();
  }
  /** Who says something in a direction, and who is told of it on the other side. */
  const ends = (direction: Direction) =>
    direction === 'export' ? { from: nve, to: neighbour } : { from: neighbour, to: nve };
  const crossing = async (direction: Direction): Promise<Crossing> => (await lab.domain())[direction];
  const metric = (name: string, direction: Direction) => lab.metric(`${name}{domain="dc2",direction="${direction}"}`);
  afterEach(() => lab.clear());

  /** Says a host with one sequence number after the other until that is enough; answers the last. */
  async function flap(from: BgpClient, host: number, isEnough: () => boolean): Promise<number> {
    let sequence = 0;
    const next = () => {
      say(from, [host], { sequence: ++sequence });
      return isEnough();
    };
    await until(next, { within: 20_000, what: `enough, after ${sequence} changes` });
    return sequence;
  }

  describe.each(directions)('in the direction of %s', (direction) => {
    it('are no more than allowed of a host that flaps, and others do not wait for it', async () => {
      await begin(`{ ${direction}: { flap: { interval: 3600000, allowance: 3 } } }`);
      const { from, to } = ends(direction);
      const heard = listen(to);
      const inside = listen(other);
      const last = await flap(from, 1, () => heard.length >= 3 && (direction === 'import' || inside.length >= 12));
      await until(async () => (await crossing(direction)).damped === 1, { within: 10_000 });
      say(from, [2], { sequence: 9 });
      await until(() => heldBy(to).has(2), { within: 10_000, what: 'the host that does not flap' });
      expect(heard.map(({ host }) => host)).toEqual([1, 1, 1, 2]);
      expect(heard[2]?.sequence).toBeLessThan(last);
      expect(await crossing(direction)).toMatchObject({ routes: 2, waiting: 1, damped: 1, lagMs: 0, changes: 4 });
      expect(await metric('nvad_domain_routes_damped', direction)).toBe(1);
      expect(await metric('nvad_domain_changes_waiting', direction)).toBe(1);
      expect(await lab.ctl('show', 'domains')).toMatch(/^dc2 +65002 +established +\d+s +1\/2 +2 .* 1 +1$/m);
      // Inside our domain nobody is kept waiting: the other NVE has the last state of its neighbour's host.
      if (direction === 'export') expect(heldBy(other).get(1)?.sequence).toBe(last);
    });

    it('are one in an interval of a host that goes on flapping, and then its last state', async () => {
      const interval = 700;
      await begin(`{ ${direction}: { flap: { interval: ${interval}, allowance: 2 } } }`);
      const { from, to } = ends(direction);
      const heard = listen(to);
      const begun = performance.now();
      const last = await flap(from, 1, () => heard.length >= 6);
      await until(() => heldBy(to).get(1)?.sequence === last, { within: 10_000, what: 'the last state' });
      for (const [i, { at: time }] of heard.entries()) {
        expect(time - begun).toBeGreaterThan(Math.max(0, i - 1) * interval - EARLY);
      }
      expect(last).toBeGreaterThan(2 * heard.length);
      expect(await crossing(direction)).toMatchObject({ damped: 0, waiting: 0, changes: heard.length });
    });

    it('are as few of one that comes and goes, which is gone when that was its last state', async () => {
      const interval = 700;
      await begin(`{ ${direction}: { flap: { interval: ${interval}, allowance: 2 } } }`);
      const { from, to } = ends(direction);
      const heard = listen(to);
      const changes = () => heard.length + to.withdrawals;
      const begun = performance.now();
      let said = 0;
      const next = () => {
        if (said++ % 2 === 0) say(from, [1]);
        else unsay(from, [1]);
        return changes() >= 5;
      };
      await until(next, { within: 20_000, what: () => `five changes, not ${changes()} of ${said}` });
      unsay(from, [1]);
      // Two at once, and one in each interval from then on.
      expect(performance.now() - begun).toBeGreaterThan(3 * interval - EARLY);
      expect(said).toBeGreaterThan(2 * changes());
      say(from, [2]);
      await holds(to, 2);
      await until(async () => (await crossing(direction)).damped === 0, { within: 10_000 });
      await holds(to, 2);
    });

    it('wait for each other for as long as is said, and the last state crosses alone', async () => {
      const delay = 3000;
      await begin(`{ ${direction}: { delay: ${delay} } }`);
      const { from, to } = ends(direction);
      const heard = listen(to);
      const begun = performance.now();
      say(from, [2]);
      let turns = 0;
      const last = await flap(from, 1, () => ++turns === 30);
      unsay(from, [2]);
      // What came and went meanwhile has nothing to say.
      await until(async () => (await crossing(direction)).waiting === 1, {
        within: 2000,
        what: 'one change that waits',
      });
      expect(await metric('nvad_domain_changes_waiting', direction)).toBe(1);
      expect((await crossing(direction)).lagMs).toBeGreaterThan(0);
      expect(heard).toEqual([]);
      say(from, [3]);
      await holds(to, 1, 3);
      expect(heard.map(({ host, sequence }) => [host, sequence])).toEqual([
        [1, last],
        [3, undefined],
      ]);
      expect(heard[0]?.at).toBeGreaterThan(begun + delay - EARLY);
      expect(to.withdrawals).toBe(0);
      expect(await crossing(direction)).toMatchObject({ routes: 2, waiting: 0, changes: 2 });
    });

    it('are no more in a second than is said', async () => {
      await begin(`{ ${direction}: { changesPerSecond: 500 } }`);
      const { from, to } = ends(direction);
      const heard = listen(to);
      const hosts = Array.from({ length: 2000 }, (_, i) => i + 1);
      const begun = performance.now();
      for (let i = 0; i < hosts.length; i += 100) say(from, hosts.slice(i, i + 100));
      await until(async () => (await crossing(direction)).lagMs > 0, { within: 5000 });
      await to.holdsNumber(hosts.length);
      expect(heard).toHaveLength(hosts.length);
      // A thousand may cross at once.
      for (const [i, { at: time }] of heard.entries()) {
        expect(time - begun).toBeGreaterThan(2 * (i - 1000) - EARLY);
      }
    });
  });

  describe('of a host that moves to and fro between two NVEs', () => {
    const flap = (interval: number, allowance: number) =>
      `{ export: { flap: { interval: ${interval}, allowance: ${allowance} } } }`;
    let sequence = 0;
    /** To one of them from the other, which withdraws its route when it hears of that, as NVEs do. */
    async function move(to: BgpClient, from: BgpClient): Promise<void> {
      const wanted = ++sequence;
      say(to, [1], { sequence: wanted });
      await until(() => heldBy(from).get(1)?.sequence === wanted, {
        within: 10_000,
        what: 'to hear that it has moved',
      });
      unsay(from, [1]);
      await until(() => to.routes.size === 0, { within: 10_000, what: 'to hear that nobody else has it' });
    }
    beforeEach(() => {
      sequence = 0;
    });

    it('are as many moves as allowed, each a withdrawal and an announcement', async () => {
      await begin(flap(3_600_000, 3));
      const heard = listen(neighbour);
      say(other, [1]);
      await holds(neighbour, 1);
      const hasCrossed = async () => {
        const { waiting, damped } = await crossing('export');
        return waiting === damped;
      };
      for (let moves = 0; moves < 4; moves++) {
        await move(nve, other);
        await until(hasCrossed, { within: 10_000, what: 'what may cross to have crossed' });
        await move(other, nve);
        await until(hasCrossed, { within: 10_000, what: 'what may cross to have crossed' });
      }
      await until(async () => (await crossing('export')).damped === 2, { within: 10_000, what: 'both to be damped' });
      // The second change begins with the withdrawal where it was first, the third with its return, and the fourth rests.
      expect(heard.map((one) => one.sequence)).toEqual([undefined, 1, 2]);
      expect(neighbour.withdrawals).toBe(2);
      expect([...heldBy(neighbour).values()].map((one) => one.sequence)).toEqual([2]);
      expect(await crossing('export')).toMatchObject({ waiting: 2, changes: 5 });
      // Another host does not wait for it.
      say(nve, [2]);
      await until(() => heldBy(neighbour).has(2), { within: 10_000 });
    });

    it('is one in an interval when it goes on, of all its routes together, and then the last state', async () => {
      const interval = 1000;
      await begin(flap(interval, 1));
      const heard: { readonly key: string; readonly at: number }[] = [];
      neighbour.heard = (key) => void heard.push({ key, at: performance.now() });
      neighbour.withdrew = (key) => void heard.push({ key, at: performance.now() });
      const begun = performance.now();
      let ends: [BgpClient, BgpClient] = [nve, other];
      while (performance.now() - begun < 5 * interval) {
        await move(...ends);
        ends = [ends[1], ends[0]];
      }
      await until(() => [...heldBy(neighbour).values()][0]?.sequence === sequence, {
        within: 10_000,
        what: 'the last state',
      });
      await until(async () => (await crossing('export')).waiting === 0, { within: 10_000, what: 'nothing to wait' });
      expect(sequence).toBeGreaterThan(2 * heard.length);
      // What is heard at once is one change, in which each of the two routes changes once at most.
      const changes: { at: number; keys: string[] }[] = [];
      for (const { key, at: time } of heard) {
        const last = changes.at(-1);
        if (last !== undefined && time - last.at < interval / 2) last.keys.push(key);
        else changes.push({ at: time, keys: [key] });
      }
      for (const [i, { at: time, keys }] of changes.entries()) {
        expect(new Set(keys).size).toBe(keys.length);
        expect(time - begun).toBeGreaterThan(i * interval - EARLY);
      }
      expect(changes.length).toBeLessThanOrEqual(8);
      expect(neighbour.routes.size).toBe(1);
    });
  });
});
