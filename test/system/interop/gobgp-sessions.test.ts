import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { hex, u16, u32, unhex } from '../support/bytes.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import type { Gobgp, GobgpProgram } from '../support/gobgp.ts';
import { announce, capability, routeTarget, withdraw } from '../support/messages.ts';
import type { Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { GobgpLab, gobgpAddress, gobgpAddress6, neighbor } from './support/gobgp-lab.ts';
import { gobgpRows } from './support/gobgp-rows.ts';
import { nva, nva6 } from './support/nva-lab.ts';

const AS_PATH = 2;
const AS4_PATH = 17;
const BIG_AS = 4200000000;
/** Behind a router. */
const farAway = '172.31.2.2';

/** So many extended communities that little else fits into the largest message. */
const MANY = 8120;
const extended = [capability.evpn, capability.extendedMessage, capability.asn4(65000)];

const id = (address: string) => hex(address.split('.').map(Number));
const path = (...asns: readonly number[]) => hex([2, asns.length, ...asns.flatMap(u32)]);

interface Peer {
  readonly state: string;
  readonly kind: string;
  readonly origin: string;
  readonly asn: number;
  readonly lastErrorSent: { readonly name: string; readonly text: string | null } | null;
  readonly lastErrorReceived: { readonly name: string; readonly text: string | null } | null;
  readonly capabilities: {
    readonly received: { readonly hostname: string | null; readonly otherCodes: readonly number[] };
    readonly negotiated: Readonly<Record<string, unknown>>;
  };
  readonly counters: {
    readonly sessions: number;
    readonly messages: Readonly<Record<'in' | 'out', { readonly update: number; readonly routeRefresh: number }>>;
  };
}

interface Lab {
  readonly lab: GobgpLab;
  readonly nvad: Nvad;
  readonly gobgp: Readonly<Record<keyof typeof numbers, Gobgp>>;
  /** Client of the GoBGP that nvad calls. */
  readonly near: BgpClient;
  /** Client of nvad. */
  readonly far: BgpClient;
  peer(address: string): Promise<Peer>;
}

/** Each GoBGP by what it is there for. */
const numbers = { called: 1, calling: 2, called6: 3, calling6: 4, group: 5, bigAs: 6, short: 7, limited: 8 } as const;

const global = (address: string, as: number = 65000) => {
  const last = Number(/\d+$/.exec(address)?.[0]);
  return { config: { as, 'router-id': `10.0.0.${last}`, 'local-address-list': [address] } };
};

async function start(program: GobgpProgram, bench: Bench): Promise<Lab> {
  const lab = new GobgpLab(program, bench);
  const active = (address: string) => ({ transport: { config: { 'local-address': address } } });
  const [v4, v6] = [gobgpAddress, gobgpAddress6];
  const one = (number: number, address: string, to: string, more = {}) =>
    lab.start(number, { global: global(address), neighbors: [neighbor(to, address, more)] });
  const away = await aRouterAway(lab);

  const started = await Promise.all([
    lab.gobgp(numbers.called),
    one(numbers.calling, v4(numbers.calling), nva, active(v4(numbers.calling))),
    one(numbers.called6, v6(numbers.called6), nva6),
    one(numbers.calling6, v6(numbers.calling6), nva6, active(v6(numbers.calling6))),
    lab.start(numbers.group, {
      global: global(v4(numbers.group)),
      neighbors: [],
      'peer-groups': [
        {
          config: { 'peer-group-name': 'nva', 'peer-as': 65000 },
          'afi-safis': [{ config: { 'afi-safi-name': 'l2vpn-evpn' } }],
        },
      ],
      'dynamic-neighbors': [{ config: { prefix: '10.0.0.0/29', 'peer-group': 'nva' } }],
    }),
    lab.start(
      numbers.bigAs,
      {
        global: { config: { as: BIG_AS, 'router-id': farAway } },
        neighbors: [neighbor(nva, farAway, { 'ebgp-multihop': { config: { enabled: true, 'multihop-ttl': 2 } } })],
      },
      { namespace: away },
    ),
    one(numbers.short, v4(numbers.short), nva, { timers: { config: { 'hold-time': 3, 'keepalive-interval': 1 } } }),
    one(numbers.limited, v4(numbers.limited), nva),
  ]);
  const [called, calling, called6, calling6, group, bigAs, short, limited] = started;
  const near = await lab.behind(numbers.called, { capabilities: extended });
  const nvad = await lab.nvad([
    ...[v4(numbers.called), v6(numbers.called6), v4(numbers.group), v4(numbers.short)].map(
      (address) => `{ address: "${address}" }`,
    ),
    `{ address: ${farAway}, asn: ${BIG_AS} }`,
    `{ address: ${v4(numbers.limited)}, maxRoutes: 2 }`,
    '{ prefix: 10.0.0.96/30, asn: 65001 }',
  ]);
  const far = await lab.client();
  await called.established(nva);
  const peer = (address: string) => nvad.get<Peer>(`/v1/peers/${address}`);
  const gobgp = { called, calling, called6, calling6, group, bigAs, short, limited };
  return { lab, nvad, gobgp, near, far, peer };
}

/** A namespace with the address `farAway`, one router away from nvad. */
async function aRouterAway({ net, bench }: GobgpLab): Promise<Namespace> {
  const router = bench.namespace('router');
  const away = bench.namespace('away');
  net.link('router', router, 'net');
  router.link('away', away, 'router');
  net.ip('address', 'add', '172.31.1.1/30', 'dev', 'router');
  router.ip('address', 'add', '172.31.1.2/30', 'dev', 'net');
  router.ip('address', 'add', '172.31.2.1/30', 'dev', 'away');
  away.ip('address', 'add', `${farAway}/30`, 'dev', 'router');
  net.ip('route', 'add', '172.31.2.0/30', 'via', '172.31.1.2', 'src', nva);
  router.ip('route', 'add', '10.0.0.0/24', 'via', '172.31.1.1');
  away.ip('route', 'add', '10.0.0.0/24', 'via', '172.31.2.1');
  await router.succeeds('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  return away;
}

const gone = (client: BgpClient, nlri: readonly number[]) =>
  until(() => !client.holds(nlri), { within: 5000, what: () => `${hex(nlri)} to go from ${client.address}` });

gobgpRows<Lab>('sessions', start, (row, { major }) => {
  let routes = 0;
  /** A route of an RD of its own. */
  const another = () => macIp({ rd: rd('10.9.9.9', ++routes), mac: macOf(routes) });

  /** The words for a route that GoBGP is to make, and its NLRI. */
  const made = () => {
    const route = `macadv 02:00:00:00:00:01 0.0.0.0 etag 0 label 100 rd 10.9.9.9:${++routes}`;
    return [route, macIp({ rd: rd('10.9.9.9', routes), mac: macOf(1) })] as const;
  };

  /** GoBGP and nvad exchange a route each way over a session. */
  async function exchange({ far }: Lab, gobgp: Gobgp): Promise<void> {
    const [ours, [route, theirs]] = [another(), made()];
    far.send(announce([ours], { nextHop: far.address }));
    await until(async () => (await gobgp.rib()).size > 0, { within: 5000, every: 50, what: 'a route at GoBGP' });
    await gobgp.add(`${route} rt 65000:100`);
    await far.route(theirs);
    await gobgp.remove(route);
    await gone(far, theirs);
    far.send(withdraw([ours]));
    await until(async () => (await gobgp.rib()).size === 0, { within: 5000, every: 50, what: 'no route at GoBGP' });
  }

  row('Session over IPv4, both configured by address, nvad calls', 'RFC 4271 §8', async (lab) => {
    expect(await lab.peer(gobgpAddress(numbers.called))).toMatchObject({ origin: 'static', kind: 'ibgp' });
    await exchange(lab, lab.gobgp.called);
  });

  row('Session over IPv6, both configured by address, nvad calls', 'RFC 4271 §8', async (lab) => {
    await lab.gobgp.called6.established(nva6);
    await exchange(lab, lab.gobgp.called6);
  });

  row('Session over IPv4, GoBGP takes nvad by prefix, as one of a peer group', 'RFC 4271 §8', async (lab) => {
    await lab.gobgp.group.established(nva);
    await exchange(lab, lab.gobgp.group);
  });

  row('Capabilities: what both have is used, what nvad does not know is passed over', 'RFC 5492 §3', async (lab) => {
    const { capabilities } = await lab.peer(gobgpAddress(numbers.called));
    expect(capabilities.negotiated).toMatchObject({ families: ['evpn'], asn4: true, routeRefresh: true });
    expect(capabilities.received.hostname).not.toBe(null);
    // Extended Next Hop Encoding, and Software Version of GoBGP 4
    expect(capabilities.received.otherCodes).toEqual(major === 3 ? [5] : [75, 5]);
  });

  row('Extended messages', 'RFC 8654', async ({ far, lab, peer, nvad, gobgp, near }, { note }) => {
    const { capabilities } = await peer(gobgpAddress(numbers.called));
    expect(capabilities.negotiated['extendedMessages']).toBe(major === 4);
    const large = await lab.client({ capabilities: extended });
    const [toGobgp, ofGobgp, short] = [another(), another(), another()];
    const extendedCommunities = Array.from({ length: MANY }, (_, i) => routeTarget(65000, i));
    large.send(announce([toGobgp], { nextHop: large.address, extendedCommunities }));
    large.send(announce([short], { nextHop: large.address }));
    await far.route(short);
    // which has not negotiated them
    expect(far.holds(toGobgp)).toBe(false);
    const expected = major === 4 ? [2, MANY] : [2];
    const lengths = async () => {
      const paths = [...(await gobgp.called.rib()).values()].flat();
      return paths.map(({ attrs }) => (attrs.find(({ type }) => type === 16)?.value ?? []).length).sort();
    };
    await until(async () => (await lengths()).length >= expected.length, {
      within: 10_000,
      every: 100,
      what: 'routes',
    });
    expect(await lengths()).toEqual(expected);
    if (major === 3) note('not negotiated: a route that fits into no message of 4,096 octets is kept from it');
    else {
      note('negotiated, and used each way for an UPDATE of more than 65,000 octets');
      near.send(announce([ofGobgp], { nextHop: near.address, extendedCommunities }));
      await large.route(ofGobgp, 10_000);
      await near.route(toGobgp, 10_000);
      for (const one of [large, near]) {
        expect(Math.max(...one.messages.map(({ octets }) => octets.length))).toBeGreaterThan(65_000);
      }
      near.send(withdraw([ofGobgp]));
    }
    large.destroy();
    await gone(far, short);
    expect((await peer(gobgpAddress(numbers.called))).counters.sessions).toBe(1);
    expect(nvad.messages().filter((text) => text.startsWith('error'))).toEqual([]);
  });

  row('Hold time: the smaller of both', 'RFC 4271 §4.2', async ({ gobgp, peer }) => {
    await gobgp.short.established(nva);
    const { capabilities } = await peer(gobgpAddress(numbers.short));
    expect(capabilities.negotiated).toMatchObject({ holdTimeSeconds: 3, keepaliveSeconds: 1 });
  });

  row('Hold timer: a GoBGP that answers no more is given up, and its routes with it', 'RFC 4271 §6.5', async (lab) => {
    const { gobgp, far, peer } = lab;
    const [route, nlri] = made();
    await gobgp.short.add(`${route} rt 65000:100`);
    await far.route(nlri);
    gobgp.short.signal('SIGSTOP');
    await gone(far, nlri);
    expect((await peer(gobgpAddress(numbers.short))).lastErrorSent?.name).toMatch(/Hold Timer Expired/);
    gobgp.short.signal('SIGCONT');
    await until(() => /hold.?timer expired/i.test(gobgp.short.log), {
      within: 5000,
      what: () => gobgp.short.log.slice(-3000),
    });
  });

  row('Route refresh asked for by nvad', 'RFC 2918 §4', async ({ nvad, gobgp, far, peer }) => {
    const [route, nlri] = made();
    await gobgp.called.add(`${route} rt 65000:100`);
    await far.route(nlri);
    const { updates } = far;
    const before = (await peer(gobgpAddress(numbers.called))).counters.messages;
    await nvad.http(`/v1/peers/${gobgpAddress(numbers.called)}/reset`, 'POST', { kind: 'soft' });
    await until(async () => (await peer(gobgpAddress(numbers.called))).counters.messages.in.update > before.in.update, {
      within: 5000,
      every: 50,
      what: 'the routes again',
    });
    await gobgp.called.remove(route);
    await gone(far, nlri);
    // the withdrawal, and no second announcement (RFC 4271 §9.2)
    expect(far.updates - updates).toBe(1);
  });

  row('Soft resets of GoBGP, out and in', 'RFC 2918 §4', async ({ gobgp, far, peer }, { limit }) => {
    limit('GoBGP keeps what it has received, and never asks for it again');
    const [route, nlri] = made();
    await gobgp.called.add(`${route} rt 65000:100`);
    await far.route(nlri);
    const { updates } = far;
    const before = (await peer(gobgpAddress(numbers.called))).counters.messages;
    await gobgp.called.cli('neighbor', nva, 'softresetin');
    await gobgp.called.cli('neighbor', nva, 'softresetout');
    const after = await until(
      async () => {
        const { messages } = (await peer(gobgpAddress(numbers.called))).counters;
        return messages.in.update > before.in.update && messages;
      },
      { within: 5000, every: 50, what: 'the routes again' },
    );
    expect(after.in.routeRefresh).toBe(before.in.routeRefresh);
    await gobgp.called.remove(route);
    await gone(far, nlri);
    expect(far.updates - updates).toBe(1);
  });

  row('eBGP of several hops, next hop unchanged each way', 'RFC 4271 §5.1.3', async ({ lab, gobgp, far, peer }) => {
    await gobgp.bigAs.established(nva);
    expect((await peer(farAway)).kind).toBe('ebgp');
    const ours = another();
    far.send(announce([ours], { nextHop: '10.0.0.99' }));
    const [path] = await until(async () => [...(await gobgp.bigAs.rib()).values()][0], { within: 5000, every: 50 });
    expect(path?.attrs.find(({ type }) => type === 14)).toMatchObject({ nexthop: '10.0.0.99' });
    expect(path?.attrs.some(({ type }) => [5, 9, 10].includes(type))).toBe(false);
    const [route, nlri] = made();
    await gobgp.bigAs.add(`${route} rt 65000:100`);
    const ebgp = await lab.join('10.0.0.97', nva, { asn: 65001 });
    for (const client of [far, ebgp]) expect((await client.route(nlri)).nextHop).toBe(id(farAway));
    ebgp.destroy();
    await gobgp.bigAs.remove(route);
    await gone(far, nlri);
    far.send(withdraw([ours]));
  });

  row(
    'An AS number of four octets, and between it and nvad a neighbour that knows two',
    'RFC 6793 §4.2',
    async (shared) => {
      const { lab, gobgp, far } = shared;
      const old = await lab.join('10.0.0.98', nva, {
        asn: 65001,
        capabilities: [capability.evpn, capability.routeRefresh],
      });
      const [route, nlri] = made();
      await gobgp.bigAs.add(`${route} rt 65000:100`);
      expect((await far.route(nlri)).attributes.get(AS_PATH)?.value).toBe(path(BIG_AS));
      const { attributes } = await old.route(nlri);
      // 65000, and AS_TRANS for the other
      expect(attributes.get(AS_PATH)).toEqual({ flags: 0x40, value: hex([2, 2, ...u16(65000), ...u16(23456)]) });
      expect(attributes.get(AS4_PATH)).toEqual({ flags: 0xc0, value: path(65000, BIG_AS) });
      await gobgp.bigAs.remove(route);

      const theirs = another();
      const as4Path = [0xc0, AS4_PATH, unhex(path(65001, 4200000001))] as const;
      const announcement = { nextHop: old.address, localPref: null, asPath: [65001, 23456], asn2: true };
      old.send(announce([theirs], { ...announcement, more: [as4Path] }));
      expect((await far.route(theirs)).attributes.get(AS_PATH)?.value).toBe(path(65001, 4200000001));
      const [received] = await until(async () => [...(await gobgp.bigAs.rib()).values()][0], {
        within: 5000,
        every: 50,
      });
      const asPath = received?.attrs.find(({ type }) => type === AS_PATH)?.['as_paths'];
      expect(asPath).toEqual([{ segment_type: 2, num: 3, asns: [65000, 65001, 4200000001] }]);
      expect(received?.attrs.some(({ type }) => type === AS4_PATH)).toBe(false);
      old.destroy();
      await gone(far, theirs);
    },
  );

  row('Shutdown communication from GoBGP', 'RFC 9003', async ({ gobgp, nvad, peer }) => {
    const address = gobgpAddress6(numbers.called6);
    await gobgp.called6.cli('neighbor', nva6, 'reset', '--reason', 'maintenance until six');
    await nvad.logged(/fd00::13 ended/);
    const { lastErrorReceived } = await peer(address);
    expect(lastErrorReceived?.name).toMatch(/Administrative Reset/);
    expect(lastErrorReceived?.text).toBe('maintenance until six');
  });

  row('Shutdown communication to GoBGP', 'RFC 9003', async ({ gobgp, nvad }) => {
    const body = { kind: 'hard', communication: 'back in a minute' };
    await nvad.http(`/v1/peers/${gobgpAddress(numbers.group)}/reset`, 'POST', body);
    await until(() => gobgp.group.log.includes('back in a minute'), {
      within: 5000,
      what: () => gobgp.group.log.slice(-2000),
    });
  });

  row('More routes than maxRoutes allows', 'RFC 4486 §4', async ({ gobgp, nvad, far }) => {
    await gobgp.limited.established(nva);
    for (const mac of [1, 2, 3]) {
      const route = `macadv 02:00:00:00:00:0${mac} 0.0.0.0 etag 0 label 100 rd 10.0.0.18:100 rt 65000:100`;
      await gobgp.limited.add(route);
    }
    await nvad.logged(/10\.0\.0\.18 ended: .*Maximum Number of Prefixes Reached/);
    await gone(far, macIp({ rd: rd('10.0.0.18', 100), mac: macOf(1) }));
    await until(() => /Code=6.* Subcode=1\b|code 6\(cease\) subcode 1\(/.test(gobgp.limited.log), {
      within: 5000,
      what: () => gobgp.limited.log.slice(-2000),
    });
  });

  row('Session over IPv4, GoBGP calls, nvad takes it by prefix', 'RFC 4271 §8', async (lab) => {
    await lab.gobgp.calling.established(nva, 15_000);
    expect(await lab.peer(gobgpAddress(numbers.calling))).toMatchObject({ origin: 'dynamic', kind: 'ibgp' });
    await exchange(lab, lab.gobgp.calling);
  });

  row('Session over IPv6, GoBGP calls, nvad takes it by prefix', 'RFC 4271 §8', async (lab) => {
    await lab.gobgp.calling6.established(nva6, 15_000);
    expect(await lab.peer(gobgpAddress6(numbers.calling6))).toMatchObject({ origin: 'dynamic', kind: 'ibgp' });
    await exchange(lab, lab.gobgp.calling6);
  });
});
