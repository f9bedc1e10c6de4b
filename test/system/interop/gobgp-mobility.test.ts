import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import type { Gobgp, GobgpProgram } from '../support/gobgp.ts';
import { announce, encapsulationVxlan, macMobility, routeTarget, withdraw } from '../support/messages.ts';
import { until } from '../support/until.ts';
import { GobgpLab, gobgpAddress } from './support/gobgp-lab.ts';
import { gobgpRows } from './support/gobgp-rows.ts';
import { nva } from './support/nva-lab.ts';

/** Two GoBGPs, each with a host behind it; a third one, also with a host; and an observer. */
interface Lab {
  readonly gobgps: readonly [Gobgp, Gobgp, Gobgp];
  /** Clients of the GoBGPs: what they announce comes to nvad by way of GoBGP. */
  readonly hosts: readonly [BgpClient, BgpClient, BgpClient];
  readonly observer: BgpClient;
}

/** It makes nothing of what nvad tells it, so that its own decision does not keep a path of its host from nvad. */
const deaf = {
  'defined-sets': { 'neighbor-sets': [{ 'neighbor-set-name': 'nva', 'neighbor-info-list': [nva] }] },
  'policy-definitions': [
    {
      name: 'deaf',
      statements: [
        {
          conditions: { 'match-neighbor-set': { 'neighbor-set': 'nva', 'match-set-options': 'any' } },
          actions: { 'route-disposition': 'reject-route' },
        },
      ],
    },
  ],
};
const applyDeaf = { 'apply-policy': { config: { 'import-policy-list': ['deaf'] } } };

async function start(program: GobgpProgram, bench: Bench): Promise<Lab> {
  const lab = new GobgpLab(program, bench);
  const gobgps = [
    await lab.gobgp(1, { global: applyDeaf, ...deaf }),
    await lab.gobgp(2, { global: applyDeaf, ...deaf }),
    await lab.gobgp(3),
  ] as const;
  const hosts = [await lab.behind(1), await lab.behind(2), await lab.behind(3)] as const;
  await lab.nvad([1, 2, 3].map((number) => `{ address: ${gobgpAddress(number)} }`));
  const observer = await lab.client();
  for (const gobgp of gobgps) await gobgp.established(nva);
  return { gobgps, hosts, observer };
}

interface Appearance {
  readonly sequence?: number;
  readonly sticky?: boolean;
  readonly localPref?: number;
}

/** The next hop as it is written. */
const address = (octets: string | undefined) =>
  octets
    ?.match(/../g)
    ?.map((octet) => Number.parseInt(octet, 16))
    .join('.');

gobgpRows<Lab>('mobility', start, (row) => {
  const mac = macIp({ rd: rd('10.0.0.99', 2), mac: macOf(1), ip: '192.168.100.1' });
  const nextHops = [gobgpAddress(1), gobgpAddress(2), gobgpAddress(3)] as const;
  type At = 0 | 1 | 2;

  /** The host appears behind one of them. */
  function appear({ hosts }: Lab, at: At, { sequence, sticky = false, localPref = 100 }: Appearance = {}): void {
    const mobility = sequence === undefined ? [] : [macMobility(sequence, sticky)];
    const extendedCommunities = [routeTarget(65000, 100), encapsulationVxlan, ...mobility];
    hosts[at].send(announce([mac], { nextHop: nextHops[at], extendedCommunities, localPref }));
  }

  /** The observer's path, and that of the third GoBGP, is the one by the given GoBGP. */
  async function behind({ observer, gobgps }: Lab, at: At): Promise<void> {
    await until(() => address([...observer.routes.values()][0]?.nextHop) === nextHops[at], {
      within: 5000,
      what: () => `the path by ${nextHops[at]}; the observer has ${JSON.stringify([...observer.routes.values()])}`,
    });
    await until(async () => (await hopsAt(gobgps[2]))[0] === nextHops[at], {
      within: 5000,
      every: 50,
      what: `the path by ${nextHops[at]} at the third GoBGP`,
    });
  }

  const mobilityAt = ({ observer }: Lab) => [...observer.routes.values()][0]?.attributes.get(16)?.value.slice(-16);

  async function leave({ hosts, observer }: Lab): Promise<void> {
    for (const host of hosts) host.send(withdraw([mac]));
    await observer.holdsNumber(0);
  }

  row('A MAC moves from one GoBGP to the other and back', 'RFC 7432 §15', async (lab) => {
    appear(lab, 0);
    await behind(lab, 0);
    appear(lab, 1, { sequence: 1 });
    await behind(lab, 1);
    expect(mobilityAt(lab)).toBe('0600000000000001');
    appear(lab, 0, { sequence: 2 });
    await behind(lab, 0);
    expect(mobilityAt(lab)).toBe('0600000000000002');
    expect(lab.observer.withdrawals).toBe(0);
    await leave(lab);
  });

  row('The sequence decides before LOCAL_PREF', 'RFC 7432 §15', async (lab) => {
    appear(lab, 0, { localPref: 300 });
    await behind(lab, 0);
    appear(lab, 1, { sequence: 1 });
    await behind(lab, 1);
    appear(lab, 1, { sequence: 1, localPref: 50 });
    await until(() => [...lab.observer.routes.values()][0]?.attributes.get(5)?.value === '00000032', { within: 5000 });
    await behind(lab, 1);
    await leave(lab);
  });

  row('Of two with the same sequence the one with the lower address is chosen', 'RFC 7432 §15', async (lab) => {
    appear(lab, 1, { sequence: 3 });
    await behind(lab, 1);
    appear(lab, 0, { sequence: 3 });
    await behind(lab, 0);
    await leave(lab);
  });

  row('A sticky MAC does not move, whatever the sequence of another', 'RFC 7432 §15.2', async (lab) => {
    appear(lab, 0, { sequence: 9 });
    await behind(lab, 0);
    appear(lab, 1, { sequence: 0, sticky: true });
    await behind(lab, 1);
    expect(mobilityAt(lab)).toBe('0600010000000000');
    lab.hosts[1].send(withdraw([mac]));
    await behind(lab, 0);
    await leave(lab);
  });

  row('A MAC moves to a host behind a GoBGP that listens to nvad', 'RFC 7432 §15', async (lab, { limit }) => {
    limit(
      'GoBGP passes over the sequence: it goes on with the path by the lower originator, and tells nobody of the move',
    );
    appear(lab, 0);
    await behind(lab, 0);
    appear(lab, 2, { sequence: 1 });
    await until(async () => (await hopsAt(lab.gobgps[2])).length === 2, { within: 5000, every: 50 });
    expect((await hopsAt(lab.gobgps[2]))[0]).toBe(nextHops[0]);
    await behind(lab, 0);
    // when nvad has no other path, GoBGP tells it
    lab.hosts[0].send(withdraw([mac]));
    await behind(lab, 2);
    await leave(lab);
  });
});

/** The next hops of all paths of a GoBGP, the best one first. */
async function hopsAt(gobgp: Gobgp): Promise<unknown[]> {
  const paths = [...(await gobgp.rib()).values()].flat();
  return paths.map(({ attrs }) => attrs.find(({ type }) => type === 14)?.['nexthop']);
}
