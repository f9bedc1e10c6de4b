import { expect, test } from 'vitest';
import { PingRun } from '../../../tools/lab/run/ping.ts';
import type { CapturedFrame } from '../support/frame-capture.ts';
import {
  captureAt,
  conflictsAt,
  eventually,
  floodedAt,
  nvedView,
  output,
  ping,
  useLab,
  vtepAt,
  waysAt,
} from './harness.ts';

// The claims of topologies/ring-gateways/README.md, in its order.
const lab = useLab('ring-gateways');
const numbers = [1, 2, 3] as const;
type Domain = (typeof numbers)[number];
const letters = ['a', 'b'] as const;
type Letter = (typeof letters)[number];

const othersOf = (domain: Domain) => numbers.filter((one) => one !== domain);
const pairs = numbers.flatMap((from) => othersOf(from).map((to) => [from, to] as const));
const macOf = (domain: Domain) => `02:00:00:00:0${domain}:0${domain}`;
const ipOf = (domain: Domain) => `192.168.100.${domain}`;
const vniOf = (domain: Domain) => domain * 100;
const vtepOf = (domain: Domain) => `10.${domain}.0.11`;
const gatewayOf = (domain: Domain, letter: Letter) => `gw${domain}${letter}`;
/** Where a gateway's tunnels end in its own underlay, and in that between the domains. */
const insideOf = (domain: Domain, letter: Letter) => `10.${domain}.0.${letter === 'a' ? 253 : 254}`;
const outsideOf = (domain: Domain, letter: Letter) => `192.0.2.${domain}${letter === 'a' ? 1 : 2}`;
/** Of the network between two domains. */
const vniBetween = (one: Domain, other: Domain) => Math.min(one, other) * 10 + Math.max(one, other);

/** Pings that may be lost, of those sent every 10 ms: those of a second. */
const ONE_SECOND = 100;

const everybodyPings = async () => {
  for (const [from, to] of pairs) await eventually(() => ping(lab, `host${from}`, ipOf(to)), 30_000);
};

const floodsOf = async (domain: Domain, letter: Letter) =>
  (await nvedView(lab, gatewayOf(domain, letter))).crossings.map(({ floods }) => floods);

/** Which gateway each domain has elected, by what the gateways have been told: one, and for both neighbours. */
async function electedNow(): Promise<Record<Domain, Letter>> {
  const found = await Promise.all(
    numbers.map(async (domain) => {
      const floods = await Promise.all(letters.map((letter) => floodsOf(domain, letter)));
      expect(floods.map((each) => each.join()).sort()).toEqual(['false,false', 'true,true']);
      return [domain, floods[0]?.[0] === true ? 'a' : 'b'] as const;
    }),
  );
  return Object.fromEntries(found) as Record<Domain, Letter>;
}

/** In a domain everything from elsewhere is behind the elected gateway, and that knows each host where it is nearest. */
async function goesBy(elected: Readonly<Record<Domain, Letter>>): Promise<void> {
  await Promise.all(
    numbers.map(async (domain) => {
      const end = insideOf(domain, elected[domain]);
      for (const to of othersOf(domain)) expect(await vtepAt(lab, `nve${domain}`, vniOf(domain), macOf(to))).toBe(end);
      expect(await floodedAt(lab, `nve${domain}`, vniOf(domain))).toEqual([end]);
      const { networks, problems } = await nvedView(lab, gatewayOf(domain, elected[domain]));
      for (const to of othersOf(domain)) {
        const side = networks.find(({ name }) => name === `web@dc${to}`);
        const known = (side?.mappings ?? []).flatMap((mapping) =>
          mapping.kind === 'host' && mapping.mac !== macOf(to) ? [] : [`${mapping.kind} ${mapping.nve}`],
        );
        const there = outsideOf(to, elected[to]);
        expect([...new Set(known)].sort()).toEqual([`flood ${there}`, `host ${there}`]);
      }
      expect(problems).toEqual([]);
    }),
  );
}

let elected: Record<Domain, Letter>;

const settled = () =>
  eventually(async () => {
    elected = await electedNow();
    await goesBy(elected);
  }, 60_000);

const places = ['underlay1', 'underlay2', 'underlay3', 'between'] as const;

const underlays = (filter: string, send: () => Promise<unknown>) =>
  Promise.all(places.map((node) => captureAt(lab, { node, device: 'underlay', filter }, send)));

const tunnels = (frames: readonly CapturedFrame[]) =>
  [...new Set(frames.map(({ source, destination, vni }) => `${source} > ${destination} ${vni}`))].sort();

test('1. everybody reaches everybody, by one gateway of each domain', async () => {
  await everybodyPings();
  await settled();
  for (const from of numbers) {
    const to = othersOf(from)[0] as Domain;
    const { code } = await lab.exec(`nve${from}`, ['ping', '-c', '1', '-W', '1', vtepOf(to)]);
    expect(code).not.toBe(0);
  }
});

test('2. in each underlay are its own NVE and its own gateway alone, and between the domains gateways alone', async () => {
  const captures = await underlays('udp port 4789', everybodyPings);
  const bothWays = (a: string, b: string, vni: number) => [`${a} > ${b} ${vni}`, `${b} > ${a} ${vni}`];
  const inside = numbers.map((domain) =>
    bothWays(vtepOf(domain), insideOf(domain, elected[domain]), vniOf(domain)).sort(),
  );
  // Nobody goes by a third domain.
  const between = pairs
    .filter(([from, to]) => from < to)
    .flatMap(([from, to]) =>
      bothWays(outsideOf(from, elected[from]), outsideOf(to, elected[to]), vniBetween(from, to)),
    );
  const round = async () => {
    const before = captures.map(({ frames }) => frames.length);
    await everybodyPings();
    await eventually(async () => {
      const seen = captures.map(({ frames }, i) => tunnels(frames.slice(before[i])));
      expect(seen).toEqual([...inside, between.sort()]);
    }, 3000);
  };
  // A kernel may be told a moment later than nved knows; from then on there is nothing else.
  await eventually(round, 30_000);
  for (let more = 0; more < 3; more++) await round();
});

test('3. what is for all comes to each other host once, passes each underlay once, and is gone then', async () => {
  // Of addresses that nobody has, so that every question for them is one for all.
  const nobody = (from: Domain) => `192.168.100.${90 + from}`;
  const ask = (from: Domain) => lab.exec(`host${from}`, ['ping', '-c', '1', '-W', '1', nobody(from)]);
  const begin = () => ask(1);
  const question = `arp[6:2] = 1 and (${numbers.map((from) => `arp dst host ${nobody(from)}`).join(' or ')})`;
  const hosts = await Promise.all(
    numbers.map((to) => captureAt(lab, { node: `host${to}`, device: 'eth1', filter: question }, begin)),
  );
  // The frame begins 8 octets behind the UDP header, where VXLAN's ends.
  const asked = numbers.map((from) => `udp[54:4] = ${toNumber(nobody(from))}`).join(' or ');
  const tunnelled = await underlays(`udp port 4789 and udp[28:2] = 0x0806 and (${asked})`, begin);
  const seen = () => [...hosts, ...tunnelled].map(({ frames }) => frames.length);
  for (const from of numbers) {
    await isQuiet(seen);
    const before = seen();
    await ask(from);
    await isQuiet(seen);
    const copies = seen().map((count, i) => count - (before[i] as number));
    // Whoever asks asks until it gives up.
    const sent = copies[numbers.indexOf(from)] as number;
    expect(sent).toBeGreaterThan(0);
    // Between the domains one copy goes to each of the two others.
    expect(copies.map((count) => count / sent)).toEqual([1, 1, 1, 1, 1, 1, 2]);
  }
});

test('4. a gateway is killed: the other one has its domain within a second, and nobody else changes theirs', async () => {
  const dead = gatewayOf(1, elected[1]);
  const other: Letter = elected[1] === 'a' ? 'b' : 'a';
  const runs = [2, 3].map((to) => new PingRun(lab, 'host1', ipOf(to as Domain), 0.01));
  const more = async (count: number) => {
    const before = runs.map(({ received }) => received);
    await eventually(async () => {
      for (const [i, { received }] of runs.entries()) expect(received).toBeGreaterThan((before[i] as number) + count);
    });
  };
  try {
    await more(10);
    await lab.kill(dead);
    await eventually(() => goesBy({ ...elected, 1: other }), 30_000);
    await more(100);
  } finally {
    await Promise.all(runs.map((run) => run.stop()));
  }
  const counts = await Promise.all(runs.map((run) => run.stop()));
  for (const { lost } of counts) expect(lost, JSON.stringify(counts)).toBeLessThan(ONE_SECOND);
  await everybodyPings();
  await lab.start(dead);
  // Before, it has to stay for a while.
  await eventually(async () => {
    expect(await electedNow()).toEqual(elected);
    await goesBy(elected);
  }, 60_000);
});

test('5. a host that goes is forgotten by all, and known to all when it is back', async () => {
  await output(lab, 'nve2', 'ip', 'link', 'set', 'eth2', 'down');
  const knownAt = async (gateway: string) => {
    const { networks } = await nvedView(lab, gateway);
    return networks.flatMap(({ mappings }) => mappings.flatMap((one) => (one.kind === 'host' ? [one.mac] : [])));
  };
  await eventually(() =>
    Promise.all(
      numbers.map(async (at) => {
        expect(Object.keys(await waysAt(lab, `nvad${at}`)).sort()).toEqual([macOf(1), macOf(3)]);
        expect(await vtepAt(lab, `nve${at}`, vniOf(at), macOf(2))).toBeUndefined();
        for (const letter of letters) expect(await knownAt(gatewayOf(at, letter))).not.toContain(macOf(2));
      }),
    ),
  );
  await output(lab, 'nve2', 'ip', 'link', 'set', 'eth2', 'up');
  // Nobody knows it until it speaks.
  await eventually(() => ping(lab, 'host2', ipOf(1)));
  await everybodyPings();
  await settled();
});

test('6. there is no conflict', async () => {
  for (const at of numbers) expect(await conflictsAt(lab, `nvad${at}`)).toEqual([]);
});

const toNumber = (ip: string) => ip.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);

/** Waits until nothing has been seen for two seconds; what goes round would be seen. */
async function isQuiet(seen: () => readonly number[]): Promise<void> {
  let last = seen();
  let since = Date.now();
  await eventually(async () => {
    const now = seen();
    if (now.join() !== last.join()) {
      last = now;
      since = Date.now();
    }
    expect(Date.now() - since).toBeGreaterThan(2000);
  });
}
