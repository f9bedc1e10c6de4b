/** Limits, rates and `keepStale` of a neighbour domain that are changed while its session is up, and stays. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Peer } from '../../../src/api/contract/peers.ts';
import { at, BesideDc2, heldBy, holds, say, unsay } from '../support/beside-dc2.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { isRoot } from '../support/namespace.ts';
import { until } from '../support/until.ts';

const hosts = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe.runIf(isRoot)('what is agreed with a neighbour domain is changed', () => {
  let lab: BesideDc2;
  let nve: BgpClient;
  let neighbour: BgpClient;
  let before: Peer;

  const session = () => lab.nvad.get<Peer>(`/v1/peers/${at.neighbour}`);
  const hasStayed = async () => {
    const { since, counters } = await session();
    expect([since, counters.sessions, neighbour.closed]).toEqual([before.since, 1, false]);
    expect(lab.nvad.messages()).toContain('info: neighbour domain dc2 changed; its sessions stay');
  };
  async function begin(...keys: readonly string[]): Promise<void> {
    lab = await BesideDc2.begun(...keys);
    nve = await lab.joinNve();
    neighbour = await lab.joinNeighbour();
    neighbour.done();
    say(neighbour, hosts(1, 6));
    await holds(nve, ...hosts(1, 6));
    before = await session();
  }
  afterEach(() => lab.clear());

  it('in its limits, which hold at once for what comes, while what is there stays', async () => {
    await begin('limits: { routes: 100 }');
    await lab.reload('limits: { routes: 4 }');
    await lab.nvad.logged(/^no more than 4 routes are taken from dc2: there are more$/);
    say(neighbour, [7]);
    await until(async () => (await lab.domain()).import.refused['over-limit'] === 1, { within: 10_000 });
    await holds(nve, ...hosts(1, 6));
    unsay(neighbour, hosts(1, 3));
    await holds(nve, 4, 5, 6, 7);
    say(neighbour, [8]);
    await until(async () => (await lab.domain()).import.refused['over-limit'] === 1, { within: 10_000 });
    await hasStayed();
    await lab.reload('limits: { routes: 5 }');
    await holds(nve, 4, 5, 6, 7, 8);
    expect(await lab.ctl('show', 'domain', 'dc2')).toMatch(/^limits +5 routes,/m);
    await hasStayed();
    // As much as ends a session by limits that were there before ends it by these.
    await lab.reload('limits: { routes: 2 }');
    expect(await neighbour.notification()).toBe('0601' + '0019' + '46' + '00000004');
    await holds(nve);
  });

  it('in its rates: what waits crosses by the new ones', async () => {
    await begin('rate: { export: { delay: 60000 } }');
    say(nve, [11]);
    await until(async () => (await lab.domain()).export.waiting === 1, { within: 10_000 });
    expect(heldBy(neighbour).size).toBe(0);
    await lab.reload('rate: { export: { delay: 0, flap: { interval: 3600000, allowance: 1 } } }');
    await holds(neighbour, 11);
    say(nve, [11], { sequence: 1 });
    await until(async () => (await lab.domain()).export.damped === 1, { within: 10_000 });
    await lab.reload('rate: { export: { flap: { interval: 100, allowance: 1 } } }');
    await until(() => heldBy(neighbour).get(11)?.sequence === 1, { within: 10_000, what: 'what has rested' });
    await hasStayed();
  });

  it('in how long its routes are kept, also when it is lost already', async () => {
    await begin('keepStale: 3600');
    await lab.reload('keepStale: 7200');
    await hasStayed();
    neighbour.destroy();
    await until(async () => (await lab.domain()).state === 'stale', { within: 10_000 });
    await until(() => heldBy(nve).get(1)?.localPref === 50, { within: 10_000, what: 'to be less preferred' });
    await lab.reload('keepStale: 1');
    await holds(nve);
    await until(async () => (await lab.domain()).state === 'down', { within: 10_000 });
  });
});
