/** A neighbour domain that says more than is taken of it: what our NVEs then have, and what the operator is told. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Peer } from '../../../src/api/contract/peers.ts';
import { at, BesideDc2, heldBy, holds, say, unsay } from '../support/beside-dc2.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { isRoot } from '../support/namespace.ts';
import { until } from '../support/until.ts';

const hosts = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe.runIf(isRoot)('a neighbour domain with more routes than are agreed', () => {
  let lab: BesideDc2;
  let nve: BgpClient;
  let neighbour: BgpClient;

  async function begin(limits: string): Promise<void> {
    lab = await BesideDc2.begun(`limits: ${limits}`);
    nve = await lab.joinNve();
    neighbour = await lab.joinNeighbour();
    neighbour.done();
  }
  const imported = async () => (await lab.domain()).import;
  const refused = (reason: string) =>
    lab.metric(`nvad_domain_routes_refused{domain="dc2",direction="import",reason="${reason}"}`);
  const logged = (from = 0) =>
    lab.nvad.logs
      .slice(from)
      .flatMap(({ component, event, msg, level }) =>
        component === 'federation' && event !== undefined ? [`${level}: ${msg}`] : [],
      );
  afterEach(() => lab.clear());

  it('has those beyond the limit of one network refused, until there are fewer', async () => {
    await begin('{ routes: 100, perNetwork: 5, warning: 70 }');
    say(neighbour, hosts(1, 3));
    await holds(nve, ...hosts(1, 3));
    expect(logged()).toEqual([]);
    say(neighbour, [4]);
    await lab.nvad.logged(/^4 routes of web are taken from dc2, near the limit of 5$/);
    say(neighbour, hosts(5, 7));
    // Another network is not touched by it.
    say(neighbour, [21, 22], { network: 'db' });
    await holds(nve, ...hosts(1, 5), 21, 22);
    await lab.nvad.logged(/^no more than 5 routes of web are taken from dc2: there are more$/);
    expect(await lab.domain()).toMatchObject({
      state: 'established',
      networks: [
        { name: 'db', routes: { import: 2 } },
        { name: 'web', routes: { import: 5 } },
      ],
      import: { routes: 7, refused: { 'over-network-limit': 2 } },
      limits: { routes: 100, perNetwork: 5, exceeded: 'stop' },
    });
    expect(await refused('over-network-limit')).toBe(2);
    const shown = await lab.ctl('show', 'domain', 'dc2');
    expect(shown).toMatch(/^limits +100 routes, 5 of one network; beyond: no more are taken$/m);
    expect(shown).toMatch(/^refused: over-network-limit +2 +0 +\S/m);

    // What is refused is not touched by a change of itself, nor does it push out another.
    say(neighbour, [6], { sequence: 3 });
    say(neighbour, [1], { sequence: 2 });
    await until(() => heldBy(nve).get(1)?.sequence === 2, { within: 10_000, what: 'the next sequence number' });
    await holds(nve, ...hosts(1, 5), 21, 22);

    unsay(neighbour, [2]);
    await lab.nvad.logged(/^there is room for routes of web of dc2 again: those that were refused/);
    const taken = () => heldBy(nve);
    await until(() => taken().size === 7 && !taken().has(2), { within: 10_000, what: () => `5 of web: ${taken()}` });
    unsay(neighbour, [3, 4, 5]);
    await holds(nve, 1, 6, 7, 21, 22);
    expect(taken().get(6)).toMatchObject({ sequence: 3 });
    await until(async () => Object.keys((await imported()).refused).length === 0, { within: 10_000 });
    expect((await refused('over-network-limit')) ?? 0).toBe(0);
    expect(neighbour.closed).toBe(false);
    expect((await lab.nvad.get<Peer>(`/v1/peers/${at.neighbour}`)).counters.sessions).toBe(1);
  });

  it('has those beyond the limit in all refused, until there are fewer', async () => {
    await begin('{ routes: 6, perNetwork: 5, warning: 50 }');
    say(neighbour, hosts(1, 4));
    await holds(nve, ...hosts(1, 4));
    say(neighbour, hosts(21, 25), { network: 'db' });
    await holds(nve, ...hosts(1, 4), 21, 22);
    await lab.nvad.logged(/^4 routes are taken from dc2, near the limit of 6$/);
    await lab.nvad.logged(/^no more than 6 routes are taken from dc2: there are more$/);
    expect(await imported()).toMatchObject({ routes: 6, refused: { 'over-limit': 3 } });
    expect(await refused('over-limit')).toBe(3);
    expect(await lab.ctl('show', 'domain', 'dc2')).toMatch(/^refused: over-limit +3 +0 +\S/m);

    // Our own say as much as they like, and are told to each other and to the neighbour.
    const other = await lab.joinNve(at.nve2);
    say(other, hosts(101, 120));
    await holds(nve, ...hosts(1, 4), 21, 22, ...hosts(101, 120));
    await holds(neighbour, ...hosts(101, 120));

    unsay(neighbour, hosts(2, 4));
    await holds(nve, 1, ...hosts(21, 25), ...hosts(101, 120));
    await lab.nvad.logged(/^there is room for routes of dc2 again: those that were refused/);
    expect(await imported()).toMatchObject({ routes: 6, refused: {} });
    unsay(neighbour, hosts(21, 25), 'db');
    await lab.nvad.logged(/^\d routes are taken from dc2, well below the limit again$/);
    await holds(nve, 1, ...hosts(101, 120));
  });

  it('is warned about alone, where the warning is far below the limit', async () => {
    await begin('{ routes: 1000, perNetwork: 1000, warning: 1 }');
    say(neighbour, hosts(1, 50));
    await holds(nve, ...hosts(1, 50));
    await until(() => logged().length === 2, { within: 10_000, what: () => logged().join('\n') });
    expect(logged()).toEqual([
      'warn: 11 routes of web are taken from dc2, near the limit of 1000',
      'warn: 11 routes are taken from dc2, near the limit of 1000',
    ]);
    expect(await imported()).toMatchObject({ routes: 50, refused: {} });
  });

  it('is cut off with twice as many, kept down, and let in again by hand', async () => {
    await begin('{ routes: 6, perNetwork: 6 }');
    say(neighbour, hosts(1, 13));
    // Cease, Maximum Number of Prefixes, with AFI, SAFI and how many (RFC 4486 §4).
    expect(await neighbour.notification()).toBe('0601' + '0019' + '46' + '0000000c');
    await holds(nve);
    await lab.nvad.logged(/^the session with 10\.9\.0\.1 ends: 13 routes, more than the 12 allowed$/);
    await lab.nvad.logged(/^10\.9\.0\.1 is kept down for 60 s$/);
    await until(async () => (await lab.domain()).state === 'down', { within: 10_000 });
    expect(await lab.domain()).toMatchObject({ sessions: { up: 0 }, import: { routes: 0, refused: {} } });
    expect(await lab.ctl('show', 'peer', at.neighbour)).toMatch(/exceeded 1 time, kept down until /);
    expect(await lab.metric(`nvad_peer_route_limit_exceeded_total{peer="${at.neighbour}"}`)).toBe(1);
    await lab.dial(at.neighbour).ended();

    await lab.ctl('reset', at.neighbour);
    neighbour = await lab.joinNeighbour();
    say(neighbour, hosts(1, 5));
    await holds(nve, ...hosts(1, 5));
  });

  it('is reset with more than the limit in all, where that is agreed', async () => {
    await begin('{ routes: 6, perNetwork: 6, exceeded: reset }');
    expect(await lab.ctl('show', 'domain', 'dc2')).toMatch(/^limits .*beyond: the session is reset$/m);
    say(neighbour, hosts(1, 4));
    await holds(nve, ...hosts(1, 4));
    say(neighbour, hosts(21, 23), { network: 'db' });
    expect(await neighbour.notification()).toBe('0601' + '0019' + '46' + '00000006');
    await holds(nve);
    await lab.nvad.logged(/^10\.9\.0\.1 is kept down for 60 s$/);
    await until(async () => (await lab.domain()).state === 'down', { within: 10_000 });
    await lab.ctl('reset', at.neighbour);
    neighbour = await lab.joinNeighbour();
    say(neighbour, hosts(1, 6));
    await holds(nve, ...hosts(1, 6));
  });

  it('is reset with more than the limit of one network, where that is agreed, and kept down as well', async () => {
    await begin('{ routes: 100, perNetwork: 5, exceeded: reset }');
    say(neighbour, hosts(1, 4));
    say(neighbour, [21, 22], { network: 'db' });
    await holds(nve, ...hosts(1, 4), 21, 22);
    say(neighbour, hosts(5, 8));
    expect(await neighbour.notification()).toBe('0601' + '0019' + '46' + '00000005');
    await holds(nve);
    await lab.nvad.logged(/^no more than 5 routes of web are taken from dc2: there are more$/);
    await lab.nvad.logged(/^the session with 10\.9\.0\.1 ends: more than the 5 routes of web allowed$/);
    await lab.nvad.logged(/^10\.9\.0\.1 is kept down for 60 s$/);
    await until(async () => (await lab.domain()).state === 'down', { within: 10_000 });
    await lab.dial(at.neighbour).ended();
    await lab.ctl('reset', at.neighbour);
    neighbour = await lab.joinNeighbour();
    say(neighbour, hosts(1, 5));
    say(neighbour, [21, 22], { network: 'db' });
    await holds(nve, ...hosts(1, 5), 21, 22);
    expect(await imported()).toMatchObject({ routes: 7, refused: {} });
  });
});
