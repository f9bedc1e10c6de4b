import { readdirSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { Flood } from '../support/flood.ts';
import { announceMany, macRoutes } from '../support/many-routes.ts';
import { announce, keepalive, message, type OpenOptions, open, Type, withdraw } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';

const routerId = '10.255.0.1';
/** Peers that nvad dials. The tests listen there before it starts. */
const dialled = Array.from({ length: 9 }, (_, i) => `127.0.5.${i + 1}`);
const config = `
domain: dc1
asn: 65000
routerId: ${routerId}
listen: ["127.0.0.1:179"]
nves:
  - { prefix: 127.0.1.0/24 }
  - { prefix: 127.0.3.0/24, holdTime: 3 }
  - { prefix: 127.0.4.0/24, holdTime: 9, sendHoldTime: 10 }
${dialled.map((address) => `  - { address: ${address} }`).join('\n')}
api: { listen: "127.0.0.1:8080" }
`;

const COLLISION = '0607';
const REJECTED = '0605';
const HOLD_TIMER_EXPIRED = '0400';
const holdTimerExpired = message(Type.notification, [4, 0]);
const lower = '10.0.0.9';
const higher = '10.255.0.9';

/** Most octets that nvad gives to a socket at a time, and so leaves in it. */
const ONE_WRITE = 256 * 1024;

interface PeerView {
  readonly address: string;
  readonly state: string;
  readonly since: string;
  readonly counters: { readonly sessions: number };
  readonly egress: { readonly socketBufferBytes: number };
}

/** nvad as a process, and sockets that do what sockets do: needs root, and is skipped without. */
describe.runIf(isRoot)('the state machine on real sockets', () => {
  let bench: Bench;
  let net: Namespace;
  let nvad: Nvad;
  const servers: Server[] = [];
  /** Connections that nvad made and no test has taken yet. */
  const incoming = new Map<string, BgpClient[]>();
  /** Two neighbours that nothing here may disturb. */
  let speaker: BgpClient;
  let witness: BgpClient;
  let steady: readonly PeerView[];
  let hosts = 9;
  let routes = 0;

  const peers = async () => (await nvad.get<{ peers: PeerView[] }>('/v1/peers')).peers;
  const peer = async (address: string) => (await peers()).find((view) => view.address === address);
  const stateOf = async (address: string) => (await peer(address))?.state;
  const identity = (client: BgpClient, id = client.address): OpenOptions => ({ asn: 65000, id });
  /** An address that nobody came from yet. */
  const place = (network = '127.0.1') => `${network}.${++hosts}`;
  const dial = (localAddress: string) => bench.client(net, { localAddress });
  const next = () => macIp({ rd: rd('10.9.0.1', 1), mac: macOf(++routes) });

  /** The connection that nvad made, or makes next, to one of `dialled`. */
  async function accepted(address: string): Promise<BgpClient> {
    return until(() => incoming.get(address)?.shift(), { within: 15_000, what: `nvad dialling ${address}` });
  }

  /** A route that `from` announces reaches the witness; answers after how many milliseconds. */
  async function flows(from: BgpClient): Promise<number> {
    const route = next();
    const start = performance.now();
    from.send(announce([route], { nextHop: '10.0.0.11' }));
    await witness.route(route);
    return performance.now() - start;
  }

  /** OPEN and KEEPALIVE both ways; nothing is sent of itself afterwards. */
  async function openFully(client: BgpClient, options: OpenOptions): Promise<void> {
    client.send(open(options));
    await client.received(Type.open);
    client.send(keepalive);
    await client.received(Type.keepalive);
    await until(async () => (await stateOf(client.address)) === 'Established', {
      within: 5000,
      what: `${client.address} established`,
    });
  }

  beforeAll(async () => {
    bench = new Bench();
    net = bench.namespace('lo');
    for (const address of dialled) {
      incoming.set(address, []);
      const accept = (socket: Socket) => {
        incoming.get(address)?.push(bench.client(net, { localAddress: address, socket }));
      };
      servers.push(await net.listen({ host: address, port: 179 }, accept));
    }
    nvad = await bench.nvad(net, config).up();
    speaker = await dial('127.0.1.1').establish({ asn: 65000, id: '127.0.1.1' });
    witness = await dial('127.0.1.2').establish({ asn: 65000, id: '127.0.1.2' });
    await flows(speaker);
    steady = (await peers()).filter(({ address }) => address === speaker.address || address === witness.address);
  });
  afterEach(async () => {
    await flows(speaker);
    const now = await peers();
    for (const { address, since } of steady) {
      const view = now.find((candidate) => candidate.address === address);
      expect(view).toMatchObject({ state: 'Established', since, counters: { sessions: 1 } });
    }
    expect(nvad.logs.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await bench.clear();
  });

  describe('a collision: the connection of the higher BGP Identifier stays (RFC 4271 §6.8)', () => {
    const cases = [
      ['theirs is higher, its connection opens first', higher, 'ours'],
      ['theirs is higher, its connection opens second', higher, 'nvads'],
      ['nvad’s is higher, its connection opens first', lower, 'nvads'],
      ['nvad’s is higher, its connection opens second', lower, 'ours'],
    ] as const;

    it.each(cases)('%s', async (what, id, first) => {
      const address = dialled[cases.findIndex(([name]) => name === what)];
      const nvads = await accepted(address);
      const ours = dial(address);
      for (const client of [nvads, ours]) await client.received(Type.open);
      const [early, late] = first === 'ours' ? [ours, nvads] : [nvads, ours];
      early.send(open(identity(early, id)));
      await early.received(Type.keepalive);
      late.send(open(identity(late, id)));

      const [winner, loser] = id === higher ? [ours, nvads] : [nvads, ours];
      expect(await loser.notification()).toBe(COLLISION);
      await loser.ended();
      winner.send(keepalive);
      await winner.received(Type.keepalive);
      await until(() => winner.endsOfRib.length === 1, { within: 5000, what: 'End-of-RIB on the one that stays' });
      expect(await peer(address)).toMatchObject({ state: 'Established', counters: { sessions: 1 } });
      expect(winner.closed).toBe(false);
      await flows(winner);
    });

    it('both OPENs at once', async () => {
      const address = dialled[4];
      const nvads = await accepted(address);
      const ours = dial(address);
      for (const client of [nvads, ours]) await client.received(Type.open);
      for (const client of [nvads, ours]) client.send(open(identity(client, higher)));
      expect(await nvads.notification()).toBe(COLLISION);
      await nvads.ended();
      ours.send(keepalive);
      await until(() => ours.endsOfRib.length === 1, { within: 5000, what: 'End-of-RIB on the one that stays' });
      expect(await peer(address)).toMatchObject({ state: 'Established', counters: { sessions: 1 } });
      await flows(ours);
    });
  });

  describe('two connections from one address', () => {
    it('neither is established: the newer one stays', async () => {
      const address = place();
      const [older, newer] = [dial(address), dial(address)];
      for (const client of [older, newer]) await client.received(Type.open);
      older.send(open(identity(older)));
      await older.received(Type.keepalive);
      newer.send(open(identity(newer)));
      expect(await older.notification()).toBe(COLLISION);
      newer.send(keepalive);
      await until(() => newer.endsOfRib.length === 1, { within: 5000, what: 'End-of-RIB' });
      await flows(newer);
      expect(newer.closed).toBe(false);
    });

    it('one is established: it stays, and the newer one is closed', async () => {
      const older = await dial(place()).establish({ asn: 65000, id: '10.1.1.1' });
      const newer = dial(older.address);
      newer.send(open(identity(newer, '10.1.1.1')));
      expect(await newer.notification()).toBe(COLLISION);
      await newer.ended();
      await flows(older);
      expect(await peer(older.address)).toMatchObject({ state: 'Established', counters: { sessions: 1 } });
    });
  });

  describe('the hold timer, of 3 s (RFC 4271 §6.5)', () => {
    it('half open: who has forgotten its session is let in again when nvad’s hold time is over', async () => {
      const forgotten = dial(place('127.0.3'));
      await openFully(forgotten, { ...identity(forgotten), holdTime: 3 });
      const route = next();
      forgotten.send(announce([route], { nextHop: '10.0.0.12' }));
      const silentSince = performance.now();
      await witness.route(route);
      const early = dial(forgotten.address);
      early.send(open(identity(early)));
      expect(await early.notification()).toBe(COLLISION);

      expect(await forgotten.notification()).toBe(HOLD_TIMER_EXPIRED);
      const silent = performance.now() - silentSince;
      expect(silent).toBeGreaterThan(2900);
      expect(silent).toBeLessThan(4500);
      // RFC 4271 §4.4: a KEEPALIVE each third of it, whatever the other side does
      const heard = forgotten.messages.filter(({ type }) => type === Type.keepalive).length;
      expect(heard).toBeGreaterThanOrEqual(3);
      await until(() => !witness.holds(route), { within: 5000, what: 'the end of its route' });
      const late = await until(() => reopened(forgotten.address), {
        within: 15_000,
        every: 200,
        what: 'a new session',
      });
      await flows(late);
    });

    it('the peer’s: nvad stands still, the peer gives up, and what it announced goes when nvad goes on', async () => {
      const impatient = await dial(place('127.0.3')).establish({ asn: 65000, id: '10.1.1.2', holdTime: 3 });
      const patient = await dial(place('127.0.3')).establish({ asn: 65000, id: '10.1.1.3', holdTime: 3 });
      const [lost, kept] = [next(), next()];
      impatient.send(announce([lost], { nextHop: '10.0.0.12' }));
      patient.send(announce([kept], { nextHop: '10.0.0.13' }));
      for (const route of [lost, kept]) await witness.route(route);
      nvad.signal('SIGSTOP');
      try {
        let octets = impatient.octets;
        let heardAt = performance.now();
        await until(
          () => {
            if (impatient.octets !== octets) heardAt = performance.now();
            octets = impatient.octets;
            return performance.now() - heardAt > 3200;
          },
          { within: 10_000, what: 'silence from nvad' },
        );
        impatient.send(holdTimerExpired);
        impatient.socket.end();
      } finally {
        nvad.signal('SIGCONT');
      }
      await until(() => !witness.holds(lost), { within: 5000, what: 'the end of the route of who gave up' });
      // this one spoke all the time: its KEEPALIVEs lay in the socket, and nvad reads them before it judges
      await flows(patient);
      expect(witness.holds(kept)).toBe(true);
      expect(await peer(patient.address)).toMatchObject({ state: 'Established', counters: { sessions: 1 } });
      const again = await until(() => reopened(impatient.address), {
        within: 15_000,
        every: 200,
        what: 'a new session',
      });
      await flows(again);
    });

    it('a peer that neither reads nor speaks is given up, with all that waits for it', async () => {
      const deaf = dial(place('127.0.3'));
      await openFully(deaf, { ...identity(deaf), holdTime: 3 });
      deaf.socket.pause();
      const many = macRoutes(0, 20_000);
      const wave = announceMany(many, { nextHop: '10.0.0.14' });
      for (let label = 0; label < 3; label++) speaker.send(wave);
      await until(async () => (await stateOf(deaf.address)) !== 'Established', {
        within: 10_000,
        what: 'the end of the session that is not read',
      });
      await until(() => witness.holds(many.at(-1) as number[]), {
        within: 10_000,
        what: 'the last route at the witness',
      });
      for (let at = 0; at < many.length; at += 100) speaker.send(withdraw(many.slice(at, at + 100)));
      await until(() => !witness.holds(many.at(-1) as number[]), { within: 10_000, what: 'the routes’ end' });
      deaf.destroy();
    });
  });

  describe('the send hold timer, of 10 s (RFC 9687)', () => {
    it('a peer that says KEEPALIVE and reads nothing is given up, and all the others hear everything meanwhile', async () => {
      const deaf = await dial(place('127.0.4')).establish({ asn: 65000, id: '10.1.4.1', holdTime: 9 });
      deaf.socket.pause();
      let label = 100;
      let last: readonly number[] = [];
      /** Waves of changes until nvad cannot get rid of them any more. */
      const stuck = await until(
        async () => {
          const wave = macRoutes(0, 10_000, ++label);
          last = wave.at(-1) as number[];
          speaker.send(announceMany(wave, { nextHop: '10.0.0.14' }));
          await witness.route(last, 20_000);
          const octets = (await peer(deaf.address))?.egress.socketBufferBytes ?? 0;
          return octets > 0 ? performance.now() : undefined;
        },
        { within: 60_000, what: 'a socket that takes no more' },
      );
      let most = 0;
      while ((await stateOf(deaf.address)) === 'Established') {
        // past the hold time, too: its KEEPALIVEs are heard
        expect(performance.now() - stuck).toBeLessThan(30_000);
        const wave = macRoutes(0, 1000, ++label);
        last = wave.at(-1) as number[];
        speaker.send(announceMany(wave, { nextHop: '10.0.0.14' }));
        await witness.route(last);
        await flows(speaker);
        most = Math.max(most, (await peer(deaf.address))?.egress.socketBufferBytes ?? 0);
      }
      // and what was written to it besides: a KEEPALIVE each third of the hold time
      expect(most).toBeLessThan(ONE_WRITE + 1000);
      expect(most).toBeGreaterThan(0);
      const ended = new RegExp(`^session with ${deaf.address} ended: send hold timer expired`);
      expect(await nvad.logged(ended)).toMatchObject({ cause: 'send-hold-timer-expired' });
      expect(await nvad.logged(new RegExp(`^NOTIFICATION sent to ${deaf.address}`))).toMatchObject({
        code: 8,
        subcode: 0,
      });
      // closed by nvad, whether or not what it said last could still be read
      deaf.socket.resume();
      await deaf.ended();
      const macs = macRoutes(0, 10_000, label);
      for (let at = 0; at < macs.length; at += 100) speaker.send(withdraw(macs.slice(at, at + 100)));
      await until(() => !witness.holds(last), { within: 10_000, what: 'the routes’ end' });
      const again = await dial(place('127.0.4')).establish({ asn: 65000, id: '10.1.4.2', holdTime: 9 });
      await flows(again);
    });
  });

  /** One attempt at a session from an address whose last one ended: the client, or undefined if it is not let in. */
  async function reopened(address: string): Promise<BgpClient | undefined> {
    const client = dial(address);
    client.send(open({ asn: 65000, id: '10.1.2.3' }));
    const answered = await until(
      () => client.closed || client.messages.some(({ type }) => type === Type.keepalive || type === Type.notification),
      { within: 5000, what: `an answer to ${address}` },
    );
    if (!answered || client.closed || client.messages.some(({ type }) => type === Type.notification)) return undefined;
    client.send(keepalive);
    await until(() => client.closed || client.endsOfRib.length > 0, { within: 5000, what: 'End-of-RIB' });
    return client.closed ? undefined : client;
  }

  describe('RST', () => {
    const states: readonly (readonly [state: string, reach: (client: BgpClient) => Promise<unknown>])[] = [
      ['before OPEN is read', async () => {}],
      ['OpenSent', (client) => client.received(Type.open)],
      [
        'OpenConfirm',
        async (client) => {
          client.send(open(identity(client)));
          await client.received(Type.keepalive);
        },
      ],
      ['Established', (client) => openFully(client, identity(client))],
    ];

    it.each(states)('of the peer in %s: it can come back', async (_, reach) => {
      const client = dial(place());
      await until(() => client.connected, { within: 5000, what: 'a connection' });
      await reach(client);
      const route = next();
      const established = (await stateOf(client.address)) === 'Established';
      if (established) {
        client.send(announce([route], { nextHop: '10.0.0.15' }));
        await witness.route(route);
      }
      client.socket.resetAndDestroy();
      if (established) await until(() => !witness.holds(route), { within: 5000, what: 'the end of its route' });
      const again = await until(() => reopened(client.address), { within: 10_000, every: 200, what: 'a new session' });
      await flows(again);
    });

    it('of the peer that nvad dialled, in every state: nvad dials again', async () => {
      await Promise.all(
        states.map(async ([, reach], i) => {
          const address = dialled[5 + i];
          const client = await accepted(address);
          await reach(client);
          client.socket.resetAndDestroy();
          const again = await accepted(address);
          await openFully(again, identity(again));
          await flows(again);
        }),
      );
    });
  });

  it('OPENs that come octet by octet cost nobody anything, and are taken when they are whole', async () => {
    const slow = Array.from({ length: 30 }, () => dial(place()));
    for (const client of slow) await client.received(Type.open);
    const octets = open({ asn: 65000, id: '10.1.3.1' });
    const stuck = slow.slice(20);
    for (let at = 0; at < octets.length; at++) {
      for (const client of slow) {
        // ten of them never come to an end
        if (at < 40 || !stuck.includes(client)) client.socket.write(octets.subarray(at, at + 1));
      }
      if (at % 8 === 0) expect(await flows(speaker)).toBeLessThan(2000);
    }
    for (const client of slow.slice(0, 20)) {
      await client.received(Type.keepalive);
      for (const octet of keepalive) client.socket.write(Uint8Array.of(octet));
    }
    for (const client of slow.slice(0, 20)) {
      await until(() => client.endsOfRib.length === 1, { within: 5000, what: `End-of-RIB at ${client.address}` });
    }
    for (const client of stuck) expect([client.closed, await stateOf(client.address)]).toEqual([false, 'OpenSent']);
    const newcomer = await dial(place()).establish({ asn: 65000, id: '10.1.3.2' });
    await flows(newcomer);
    for (const client of slow) client.destroy();
  });

  it('1,000 connections a second from an address that is no peer: sessions stay and routes flow', async () => {
    const A_SECOND = 1000;
    /** Seconds in a row, in each of which a route came through. */
    const SUSTAINED = 4;
    const descriptors = () => readdirSync(`/proc/${nvad.pid}/fd`).length;
    const before = descriptors();
    let most = 0;
    /** Routes that came through while each of the flood's seconds lasted. */
    const flowed: number[] = [];
    const target = { host: '127.0.0.1', port: 179, localAddress: '127.0.9.1' };
    const flood = new Flood({ ...target, rate: 1.2 * A_SECOND, refusal: REJECTED }, net);
    bench.defer(() => flood.kill());
    const isSustained = () => {
      const { length } = flood.reports;
      const last = flood.reports.slice(-SUSTAINED);
      const isFlowing = (_: unknown, i: number) => (flowed[length - SUSTAINED + i] ?? 0) > 0;
      return last.length === SUSTAINED && last.every(({ rate }) => rate >= A_SECOND) && last.every(isFlowing);
    };
    await until(
      async () => {
        await flows(speaker);
        const second = flood.reports.length;
        flowed[second] = (flowed[second] ?? 0) + 1;
        most = Math.max(most, descriptors());
        await nvad.get('/v1/health');
        return isSustained();
      },
      {
        within: 45_000,
        what: () =>
          `${SUSTAINED} seconds of ${A_SECOND} connections in which routes flow; there were ${flood.reports.map(({ rate }) => rate)} and as routes ${flowed}`,
      },
    );
    const { made, refusals } = await flood.stop();
    expect(made).toBeGreaterThanOrEqual(SUSTAINED * A_SECOND);
    // most are closed without a word, so that a flood costs neither descriptors nor time
    expect(refusals).toBeGreaterThan(0);
    expect(refusals).toBeLessThan(made / 2);
    expect(most - before).toBeLessThan(600);
    await until(() => descriptors() <= before + 2, {
      within: 10_000,
      what: () => `${before} descriptors, not ${descriptors()}`,
    });
    expect(await peer('127.0.9.1')).toBeUndefined();
  });
});
