/** What a neighbour says with the next hop or the Router's MAC of a route of our own does not cross. */
import { extendedCommunity } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import type { Border } from '../../../src/federation/border.ts';
import { OwnIdentifiers } from '../../../src/federation/own-identifiers.ts';
import { announcement, withdrawal } from '../bgp-ts/rib/kit.ts';
import { Lab, type Router } from '../bgp-ts/speaker/kit.ts';
import { attributesOf, type FederationLab, federationLab, host, rest } from './federation-lab.ts';

const loopback = '10.99.0.5';
const ourMac = '02:aa:aa:aa:aa:01';
const macs = (...all: readonly string[]) => all.map((mac) => extendedCommunity({ kind: 'router-mac', mac }));

interface Said {
  readonly nextHop?: string;
  readonly routerMacs?: readonly string[];
  readonly dPath?: `${number}:${number}`;
}

function say(router: Router, side: 'inside' | 'wire', n: number, { nextHop, routerMacs = [], dPath }: Said): void {
  const attributes = attributesOf(side);
  const extendedCommunities = [...(attributes.extendedCommunities ?? []), ...macs(...routerMacs)];
  const more = { ...attributes, extendedCommunities, ...(dPath && { dPath: [[{ domain: dPath, isfSafi: 70 }]] }) };
  router.say(announcement([host(n, side)], more, nextHop ?? (side === 'inside' ? '10.0.0.2' : '10.9.0.2')));
}

const refused = ({ federation }: FederationLab) =>
  Object.fromEntries([...(federation.border('dc2')?.refused('import') ?? [])].filter(([, count]) => count > 0));
const crossing = ({ federation }: FederationLab) => federation.border('dc2')?.import.routes;

async function domains() {
  const lab = await federationLab();
  return { lab, nve: lab.joinNve(), neighbour: lab.joinNeighbour() };
}

describe('what a route of our own domain leads by', () => {
  const theirs: readonly [string, Said, Said, string][] = [
    ['as next hop', { nextHop: loopback }, { nextHop: loopback }, 'next-hop-inside'],
    ['as next hop, IPv4-mapped', { nextHop: loopback }, { nextHop: `::ffff:${loopback}` }, 'next-hop-inside'],
    ["as Router's MAC", { routerMacs: [ourMac] }, { routerMacs: [ourMac] }, 'inside-identifier'],
    [
      "as second Router's MAC",
      { routerMacs: ['02:aa:aa:aa:aa:07', ourMac] },
      { routerMacs: ['02:bb:bb:bb:bb:01', ourMac] },
      'inside-identifier',
    ],
  ];

  it.each(theirs)('%s: does not come in', async (_what, ours, forged, reason) => {
    const { lab, nve, neighbour } = await domains();
    say(nve, 'inside', 1, ours);
    rest(lab);
    say(neighbour, 'wire', 2, forged);
    say(neighbour, 'wire', 3, { nextHop: '10.98.0.1', routerMacs: ['02:bb:bb:bb:bb:01'] });
    rest(lab);
    expect(refused(lab)).toEqual({ [reason]: 1 });
    expect(crossing(lab)).toBe(1);
  });

  it.each(theirs)('%s: what came in before is taken back, and comes in again', async (_what, ours, forged, reason) => {
    const { lab, nve, neighbour } = await domains();
    say(neighbour, 'wire', 2, forged);
    rest(lab);
    expect(crossing(lab)).toBe(1);
    say(nve, 'inside', 1, ours);
    say(nve, 'inside', 4, ours);
    rest(lab);
    expect([crossing(lab), refused(lab)]).toEqual([0, { [reason]: 1 }]);
    lab.withdraw(nve, 'inside', 1);
    rest(lab);
    expect(crossing(lab)).toBe(0);
    lab.withdraw(nve, 'inside', 4);
    rest(lab);
    expect([crossing(lab), refused(lab)]).toEqual([1, {}]);
  });

  it('counts also where it was there before the first neighbour domain', async () => {
    const lab = await federationLab();
    const nve = lab.joinNve();
    const { config } = lab.federation.border('dc2') as Border;
    await lab.federation.remove('dc2', 'removed');
    say(nve, 'inside', 1, { nextHop: loopback });
    lab.federation.add({ neighbour: config, sessions: [lab.session], policies: {} });
    say(lab.joinNeighbour(), 'wire', 2, { nextHop: loopback });
    rest(lab);
    expect(refused(lab)).toEqual({ 'next-hop-inside': 1 });
  });
});

describe('what came from another domain', () => {
  it('is not taken for our own, whose next hop is the far NVE', async () => {
    const { lab, neighbour } = await domains();
    say(neighbour, 'wire', 2, { nextHop: '10.98.0.1', routerMacs: ['02:bb:bb:bb:bb:01'] });
    rest(lab);
    say(neighbour, 'wire', 3, { nextHop: '10.98.0.1', routerMacs: ['02:bb:bb:bb:bb:01'] });
    lab.federation.border('dc2')?.reconsider();
    rest(lab);
    expect([crossing(lab), refused(lab)]).toEqual([2, {}]);
  });

  it('is not either where another replica has taken it in', async () => {
    const { lab, nve, neighbour } = await domains();
    say(nve, 'inside', 2, { nextHop: '10.98.0.1', routerMacs: ['02:bb:bb:bb:bb:01'], dPath: '65002:0' });
    rest(lab);
    say(neighbour, 'wire', 2, { nextHop: '10.98.0.1', routerMacs: ['02:bb:bb:bb:bb:01'] });
    rest(lab);
    expect([crossing(lab), refused(lab)]).toEqual([1, {}]);
  });
});

it('says that something is otherwise once a batch, of what was asked about since, and of nothing else', async () => {
  let changes = 0;
  const lab = new Lab({}, { decided: (batch) => own.decided(batch) });
  const own = new OwnIdentifiers(lab.speaker, () => {
    changes++;
  });
  await lab.speaker.listen('10.0.0.1', 179);
  lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client' });
  const nve = lab.join('10.0.0.2');
  const known = () => [own.has(loopback), own.has(ourMac), changes];
  expect(known()).toEqual([false, false, 0]);
  say(nve, 'inside', 1, { routerMacs: ['02:aa:aa:aa:aa:02'] });
  expect(changes).toBe(0);
  say(nve, 'inside', 2, { nextHop: loopback, routerMacs: [ourMac] });
  expect(known()).toEqual([true, true, 1]);
  // By another set, as when a host moves: they were there all the time.
  say(nve, 'inside', 2, { nextHop: loopback, routerMacs: [ourMac, '02:aa:aa:aa:aa:03'] });
  expect(known()).toEqual([true, true, 1]);
  nve.say(withdrawal([host(2, 'inside')]));
  expect(known()).toEqual([false, false, 2]);
});
