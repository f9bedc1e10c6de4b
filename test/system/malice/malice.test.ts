import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultContext } from '../../../src/bgp-ts/wire/context.ts';
import { decodeMessage } from '../../../src/bgp-ts/wire/message/message.ts';
import { announcedRoutes, decodeUpdate } from '../../../src/bgp-ts/wire/message/update.ts';
import { formatNlri } from '../../../src/bgp-ts/wire/nlri/format.ts';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { hex } from '../support/bytes.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce, capability, Type, withdraw } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { type Attacker, MARK, type Malformed, malformed } from './malformed.ts';

const GOOD = 10;
const config = `
domain: dc1
asn: 65000
routerId: 10.255.0.1
listen: ["127.0.0.1:179"]
nves:
  - prefix: 127.0.1.0/24
  - { prefix: 127.0.2.0/24, asn: 65001 }
api: { listen: "127.0.0.1:8080" }
`;

const MULTI_EXIT_DISC = 4;

/** A route of neighbour `owner`. */
const routeOf = (owner: number, number: number) =>
  macIp({ rd: rd('10.0.0.1', owner), mac: macOf(owner * 0x10000 + number) });

/** The good route that case `number` carries in its malformed UPDATE. */
const victimOf = (number: number) => macIp({ rd: rd('10.66.0.1', number), mac: macOf(0xbad0000 + number) });

/** How the log names the victim of case `number`. */
const textOf = (number: number) => {
  const { update } = decodeUpdate(announce([victimOf(number)], { nextHop: '10.0.0.66' }), defaultContext);
  return announcedRoutes(update).map(formatNlri)[0];
};

/** nvad as a process, ten good clients and one bad at a time: needs root, and is skipped without. */
describe.runIf(isRoot)('malformed UPDATEs on a live session', () => {
  let bench: Bench;
  let net: Namespace;
  let nvad: Nvad;
  const good: BgpClient[] = [];
  /** Routes that each good client announced and did not withdraw. */
  const standing: number[][] = [];
  let chatter: NodeJS.Timeout | undefined;
  /** Good messages looked at so far, by client. */
  const read = Array<number>(GOOD).fill(0);
  const attackers: BgpClient[] = [];
  let hosts = 100;
  let cases = 0;

  /** Every good client says something new, and takes every fourth route back. */
  function talk(): void {
    for (const [owner, client] of good.entries()) {
      const routes = standing[owner];
      const next = (routes.at(-1) ?? 0) + 1;
      client.send(announce([routeOf(owner, next)], { nextHop: `10.0.1.${owner + 1}` }));
      routes.push(next);
      if (next % 4 === 0) client.send(withdraw([routeOf(owner, routes.shift() as number)]));
    }
  }

  /** A new one for each case, so that what it sends is the first of its kind and has a line in the log. */
  async function attackerOf(kind: Attacker): Promise<BgpClient> {
    const external = kind === 'external';
    const localAddress = `127.0.${external ? 2 : 1}.${++hosts}`;
    const { evpn, routeRefresh } = capability;
    const client = await bench.client(net, { localAddress }).establish({
      asn: external ? 65001 : 65000,
      id: localAddress,
      ...(kind === 'two-octet' && { capabilities: [evpn, routeRefresh] }),
    });
    attackers.push(client);
    return client;
  }

  /** Waits until all ten hold `route`. */
  async function reachesAll(route: readonly number[]): Promise<void> {
    await Promise.all(good.map((client) => client.route(route)));
  }

  function heldBy(client: BgpClient, route: readonly number[]) {
    const wanted = hex(route);
    return [...client.routes.values()].find(({ nlri }) => nlri === wanted);
  }

  /** What the ten have received since the last look is well-formed, and holds nothing of `poison`. */
  function checkReceived(poison: string): void {
    for (const [i, client] of good.entries()) {
      for (const { type, octets } of client.messages.slice(read[i])) {
        expect([Type.update, Type.keepalive]).toContain(type);
        const { faults } = decodeMessage(octets, defaultContext);
        expect(faults, hex(octets)).toEqual([]);
        if (poison !== '') expect(hex(octets)).not.toContain(poison);
      }
      read[i] = client.messages.length;
    }
  }

  beforeAll(async () => {
    bench = new Bench();
    net = bench.namespace('lo');
    nvad = await bench.nvad(net, config).up();
    for (let i = 0; i < GOOD; i++) {
      const client = bench.client(net, { localAddress: `127.0.1.${i + 1}` });
      good.push(await client.establish({ asn: 65000, id: client.address }));
      standing.push([]);
      read[i] = client.messages.length;
    }
    for (const client of good) await until(() => client.endsOfRib.length > 0, { within: 5000, what: 'End-of-RIB' });
    chatter = setInterval(talk, 100);
  });
  afterEach(() => {
    for (const client of good) {
      expect(client.closed).toBe(false);
      expect(client.messages.some(({ type }) => type === Type.notification)).toBe(false);
    }
  });
  afterAll(async () => {
    clearInterval(chatter);
    await bench.clear();
  });

  it('there are at least sixty of them', () => {
    expect(malformed.length).toBeGreaterThanOrEqual(60);
    expect(new Set(malformed.map(({ name }) => name)).size).toBe(malformed.length);
  });

  it.each(malformed)('$section: $name → $cost.kind', async ({ from, cost, update, poison, isIgnored }: Malformed) => {
    const attacker = await attackerOf(from);
    const number = ++cases;
    const victim = victimOf(number);
    const after = macIp({ rd: rd('10.66.0.2', number), mac: macOf(0xbad0000 + number) });
    const terms = {
      nextHop: '10.0.0.66',
      ...(from === 'external' && { localPref: null, asPath: [65001] }),
    };
    attacker.send(announce([victim], terms));
    await reachesAll(victim);

    const octets = update(victim);
    attacker.send(octets);
    if (cost.kind === 'session-reset') {
      const notification = await attacker.notification();
      const expected = hex([cost.code, cost.subcode]) + (cost.data ?? '');
      expect(notification.slice(0, expected.length)).toBe(expected);
      await attacker.ended();
      // its routes go with it, and the others' keep coming
      await until(() => good.every((client) => heldBy(client, victim) === undefined), {
        within: 5000,
        what: 'the end of the route of the session that was reset',
      });
      good[0].send(announce([after], { nextHop: '10.0.1.1' }));
      await Promise.all(good.slice(1).map((client) => client.route(after)));
      good[0].send(withdraw([after]));
    } else {
      attacker.send(announce([after], terms));
      await reachesAll(after);
      expect(attacker.closed).toBe(false);
      expect(attacker.messages.some(({ type }) => type === Type.notification)).toBe(false);
      for (const client of good) {
        const held = heldBy(client, victim);
        if (cost.kind === 'treat-as-withdraw') {
          expect(held).toBeUndefined();
        } else {
          expect(held?.attributes.get(MULTI_EXIT_DISC)?.value).toBe(MARK);
          expect(held?.attributes.get(cost.code)?.value).toBe(cost.value);
        }
      }
      attacker.send(withdraw([victim, after]));
    }
    checkReceived(poison);

    if (cost.kind === 'session-reset' && cost.code === 1) {
      // Too long to be taken in: nothing is known of what is behind the header.
      const ended = nvad.logged(new RegExp(`^session with ${attacker.address} ended: .*Message Header Error`));
      expect(await ended).toMatchObject({ level: 'warn', peer: attacker.address });
      return;
    }
    // RFC 7606 §6: whose it was, what was wrong and what became of it, and the whole message
    const lines = await until(
      () => {
        const found = nvad.logs.filter((line) => line['peer'] === attacker.address && line['octets'] !== undefined);
        return found.length > 0 && found;
      },
      { within: 5000, what: `a line in the log about the UPDATE of ${attacker.address}` },
    );
    expect(lines).toEqual([
      expect.objectContaining({
        level: isIgnored === true ? 'info' : 'warn',
        fault: expect.any(String),
        outcome: isIgnored === true ? 'ignore' : cost.kind,
        octets: hex(octets),
      }),
    ]);
    expect(lines[0].msg).toContain(`UPDATE from ${attacker.address}`);
    if (cost.kind === 'treat-as-withdraw') expect(lines[0]['routes']).toContain(textOf(number));
  });

  it('the ten have heard all that they told each other, and nothing of the others is left', async () => {
    clearInterval(chatter);
    for (const client of attackers) client.destroy();
    const expected = good.map((_, reader) =>
      standing
        .flatMap((routes, owner) => (owner === reader ? [] : routes.map((number) => hex(routeOf(owner, number)))))
        .sort(),
    );
    for (const [reader, client] of good.entries()) {
      await until(() => client.routes.size === expected[reader].length, {
        within: 5000,
        what: () => `${expected[reader].length} routes at ${client.address}, which has ${client.routes.size}`,
      });
      expect([...client.routes.values()].map(({ nlri }) => nlri).sort()).toEqual(expected[reader]);
    }
    checkReceived('');
    const { peers } = await nvad.get<{ peers: { address: string; state: string; counters: { sessions: number } }[] }>(
      '/v1/peers',
    );
    for (const client of good) {
      const peer = peers.find(({ address }) => address === client.address);
      expect(peer).toMatchObject({ state: 'Established', counters: { sessions: 1 } });
    }
    expect(nvad.logs.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
