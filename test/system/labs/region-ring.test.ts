import { expect, test } from 'vitest';
import { conflictsAt, eventually, floodedAt, output, ping, useLab, vtepAt, waysAt } from './harness.ts';

// The claims of topologies/region-ring/README.md, in its order.
const lab = useLab('region-ring');
const numbers = [1, 2, 3] as const;
type Domain = (typeof numbers)[number];
const othersOf = (domain: Domain) => numbers.filter((one) => one !== domain);
const macOf = (domain: Domain) => `02:00:00:00:0${domain}:0${domain}`;
const vtepOf = (domain: Domain) => `10.${domain}.0.11`;

/** How a route comes that passed these domains, the last one first. */
const way = (...domains: Domain[]): string =>
  `AS_PATH ${domains.map((one) => 65000 + one).join(' ')}, D-PATH ${domains.map((one) => `${65000 + one}:0`).join(' ')}`;

type Shape = (at: Domain, to: Domain) => readonly string[];
/** Each other domain is a neighbour, and the third one passes on what it has. */
const ring: Shape = (at, to) =>
  [
    way(to),
    ...othersOf(at)
      .filter((one) => one !== to)
      .map((third) => way(third, to)),
  ].sort();
/** The first and the last know each other by the middle one only. */
const chain: Shape = (at, to) => (at === 2 || to === 2 ? [way(to)] : [way(2, to)]);

async function everybodyPings(): Promise<void> {
  for (const from of numbers) {
    // A session that was configured anew is tried every few seconds.
    for (const to of othersOf(from)) await eventually(() => ping(lab, `host${from}`, `192.168.100.${to}`), 40_000);
  }
}

/** The ways to all three hosts that a domain should have: to its own there is one, and nothing of it came back. */
function waysOf(shape: Shape, at: Domain, macs: (domain: Domain) => string): Record<string, readonly string[]> {
  const own = [macs(at), ['AS_PATH empty, D-PATH empty']] as const;
  return Object.fromEntries([own, ...othersOf(at).map((to) => [macs(to), shape(at, to)] as const)]);
}

async function expectShape(shape: Shape): Promise<void> {
  await eventually(async () => {
    await Promise.all(
      numbers.map(async (at) => {
        expect(await waysAt(lab, `nvad${at}`)).toEqual(waysOf(shape, at, macOf));
        expect(await conflictsAt(lab, `nvad${at}`)).toEqual([]);
        // One copy for each NVE of the others, by however many ways its route came, and none for the NVE itself.
        expect(await floodedAt(lab, `nve${at}`, 100)).toEqual(othersOf(at).map(vtepOf));
        for (const to of othersOf(at)) expect(await vtepAt(lab, `nve${at}`, 100, macOf(to))).toBe(vtepOf(to));
      }),
    );
    // A session that was configured anew is tried every few seconds.
  }, 40_000);
}

/** A host goes and another comes in its place: when everybody has the one by all ways, nobody has the other by any. */
async function forgets(shape: Shape, domain: Domain, after: string): Promise<void> {
  const port = (state: 'up' | 'down') => output(lab, `nve${domain}`, 'ip', 'link', 'set', 'eth2', state);
  const become = (mac: string) => output(lab, `host${domain}`, 'ip', 'link', 'set', 'eth1', 'address', mac);
  await port('down');
  await eventually(async () => {
    await Promise.all(
      numbers.map(async (at) => {
        expect(Object.keys(await waysAt(lab, `nvad${at}`)).sort()).toEqual(othersOf(domain).map(macOf));
        expect(await vtepAt(lab, `nve${at}`, 100, macOf(domain))).toBeUndefined();
      }),
    );
  }, 5000);
  await become(after);
  await port('up');
  const [to] = othersOf(domain);
  await eventually(() => ping(lab, `host${domain}`, `192.168.100.${to}`));
  const macs = (one: Domain) => (one === domain ? after : macOf(one));
  await eventually(async () => {
    for (const at of numbers) expect(await waysAt(lab, `nvad${at}`)).toEqual(waysOf(shape, at, macs));
  });
  await port('down');
  await become(macOf(domain));
  await port('up');
}

const becomes = async (shape: 'ring' | 'chain') => {
  for (const nvad of ['nvad1', 'nvad3']) await output(lab, nvad, 'shape', shape);
};

test('1. in the ring everybody reaches everybody', everybodyPings);

test('2. each route comes by both ways, never back, and leads to the NVE itself', () => expectShape(ring));

test('3. a host that goes is forgotten by all within five seconds, and by all ways', () =>
  forgets(ring, 1, '02:00:00:00:01:99'));

test('4. the ring is cut open: in the chain, the middle domain passes on what the ends have', async () => {
  await becomes('chain');
  await everybodyPings();
  await expectShape(chain);
});

test('5. in the chain a host that goes is forgotten by all within five seconds', () =>
  forgets(chain, 3, '02:00:00:00:03:99'));

test('6. the ring is closed again, and all is as before', async () => {
  await becomes('ring');
  await everybodyPings();
  await expectShape(ring);
  await forgets(ring, 2, '02:00:00:00:02:99');
});
